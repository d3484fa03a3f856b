"""Runs pytest on a test file: the program of every py_test in BUILD.

Bazel starts it in a copy of the repository's root that has only the files that
BUILD names, and says in the environment what else it wants.
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
    # Processes that tests start must import the copy too.
    paths = [os.getcwd(), env.get("PYTHONPATH")]
    env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    env.setdefault("HOME", scratch)
    # Not pytest.main: a script's sys.path starts with the folder that its link
    # leads to, which is outside of the copy.
    return subprocess.call(
        [sys.executable, "-m", "pytest", *arguments], env=env
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
