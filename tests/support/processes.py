"""Runs Python in a process of its own, which has to end well."""

import os
import pathlib
import subprocess
import sys

# What finds the helpers of the tests, but not the package.
_SUPPORT = str(pathlib.Path(__file__).parent)
TESTS_ALONE = {"PYTHONPATH": _SUPPORT}
# What adds them to whatever is found already.
WITH_SUPPORT = {
    "PYTHONPATH": os.pathsep.join(
        filter(None, [_SUPPORT, os.environ.get("PYTHONPATH")])
    )
}


def output_of(code: str, *arguments, timeout=300, **environment) -> str:
    """What a program prints.

    Args:
      code: its text.
      *arguments: its `sys.argv[1:]`.
      timeout: the seconds it may take.
      **environment: what to add to the environment.
    """
    result = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout
