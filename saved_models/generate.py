"""Writes the SavedModels of catalogue rows that have none yet.

It only lists them, unless you pass --write:

    python saved_models/generate.py --write

It never overwrites a golden, which records the output of a release.
"""

import argparse
import pathlib
import subprocess
import sys

from tf_schedules.catalogue import recipes

_FOLDER = pathlib.Path(__file__).parent
# Each row gets its own process, because the names of the functions in a
# SavedModel depend on earlier traces in the process.
_EXPORT = """
import sys
import tf_schedules
from tf_schedules.catalogue import recipes
tf_schedules.export(recipes()[sys.argv[1]].schedule, sys.argv[2])
"""


def main(write: bool):
    """Lists the rows without a golden, and exports them if `write` is true."""
    missing = [row for row in recipes() if not (_FOLDER / row).exists()]
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
