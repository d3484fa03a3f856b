"""Starts programs in new processes, most of them from tests/programs.

Only this module and `cluster.py` start Python for a test.
"""

import os
import pathlib
import subprocess
import sys
from typing import Any

_SUPPORT = pathlib.Path(__file__).parent
PROGRAMS = _SUPPORT.with_name("programs")
# For a program that may import the tests' helpers but not the package.
TESTS_ALONE = {"PYTHONPATH": str(_SUPPORT)}


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, with the helpers on the path."""
    paths = [str(_SUPPORT), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, paths))
    return os.environ | {"PYTHONPATH": path} | changes


def run(
    *command: Any,
    timeout: float = 300,
    cwd: pathlib.Path | None = None,
    **changes: str,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, whatever its exit code.

    Args:
      *command: the program and its arguments, which become strings.
      timeout: the seconds that it may take.
      cwd: the folder to run it in, if not this process's.
      **changes: changes to the environment.
    """
    return subprocess.run(
        [*map(str, command)],
        env=environment(**changes),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def output_of(
    program: pathlib.Path | str, *arguments: Any, **options: Any
) -> str:
    """The output of a Python program, which must succeed.

    Args:
      program: its path, or its text.
      *arguments: its `sys.argv[1:]`, which become strings.
      **options: options of `run`.
    """
    result = run(*_python(program), *arguments, **options)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def start(
    program: pathlib.Path | str, *arguments: Any
) -> subprocess.Popen[str]:
    """Starts a Python program whose input and output are pipes."""
    return subprocess.Popen(
        [*_python(program), *map(str, arguments)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _python(program: pathlib.Path | str) -> list[str]:
    if isinstance(program, pathlib.Path):
        return [sys.executable, str(program)]
    return [sys.executable, "-c", program]
