"""Starts programs in processes of their own, most of them from tests/programs.

The one place that starts Python for a test, apart from `cluster.py`.
"""

import os
import pathlib
import subprocess
import sys
from typing import Any

_SUPPORT = pathlib.Path(__file__).parent
PROGRAMS = _SUPPORT.with_name("programs")
# For a program that shall find the helpers of the tests but not the package.
TESTS_ALONE = {"PYTHONPATH": str(_SUPPORT)}


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, in which the helpers are found too."""
    paths = [str(_SUPPORT), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, paths))
    return os.environ | {"PYTHONPATH": path} | changes


def run(
    *command: Any,
    timeout: float = 300,
    cwd: pathlib.Path | None = None,
    **changes: str,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, however it ends.

    Args:
      *command: the program and its arguments, which become strings.
      timeout: the seconds it may take.
      cwd: the folder it is run in, if not this process's.
      **changes: what to change in the environment.
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
    """What a program of Python prints, which has to end well.

    Args:
      program: its path, or its text.
      *arguments: its `sys.argv[1:]`, which become strings.
      **options: of `run`.
    """
    result = run(*_python(program), *arguments, **options)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def start(
    program: pathlib.Path | str, *arguments: Any
) -> subprocess.Popen[str]:
    """Starts a program of Python and leaves its input and output to pipes."""
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
