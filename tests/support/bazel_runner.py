"""Runs pytest on a test file; every py_test in BUILD uses this program.

Bazel starts it in a copy of the repository that has only the files in BUILD,
and passes further requests in the environment.
"""

import os
import subprocess
import sys


def main(arguments: list[str]) -> int:
    env = dict(os.environ)
    scratch = env["TEST_TMPDIR"]
    arguments = [
        "-p",
        "no:cacheprovider",
        f"--basetemp={scratch}/pytest",
        f"--junit-xml={env['XML_OUTPUT_FILE']}",
        *arguments,
    ]
    if "TESTBRIDGE_TEST_ONLY" in env:  # From --test_filter.
        arguments += ["-k", env["TESTBRIDGE_TEST_ONLY"]]
    # Processes that tests start must also import the copy.
    paths = [os.getcwd(), env.get("PYTHONPATH")]
    env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    env.setdefault("HOME", scratch)
    # pytest.main would not do: a script's sys.path starts with the folder that
    # its link points to, which is outside the copy.
    return subprocess.call(
        [sys.executable, "-m", "pytest", *arguments], env=env
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
