"""Writes the SavedModels of catalogue rows that have none yet.

A dry run unless it is called with --write:

    python saved_models/generate.py --write

What is there is never written again: a golden is what a release gave.
"""

import argparse
import pathlib
import subprocess
import sys

from tf_schedules.catalogue import CATALOGUE

_FOLDER = pathlib.Path(__file__).parent
# In a process of its own each, because the names of the functions in a
# SavedModel depend on what the process has traced before.
_EXPORT = """
import sys
import tf_schedules
from tf_schedules.catalogue import CATALOGUE
tf_schedules.export(CATALOGUE[sys.argv[1]].schedule, sys.argv[2])
"""


def main(write: bool):
    """Lists the rows without a golden, and with `write` exports them."""
    missing = [row for row in CATALOGUE if not (_FOLDER / row).exists()]
    print("missing:", ", ".join(missing) or "none")
    if write:
        for row in missing:
            print("writing", row, flush=True)
            command = [sys.executable, "-c", _EXPORT, row, str(_FOLDER / row)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="export them")
    main(parser.parse_args().write)
