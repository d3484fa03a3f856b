"""Exports rows of the catalogue to a folder when it reads a line.

    export_once.py FOLDER ROW...

It prints "ready" after it imports TensorFlow.
"""

import sys

import tf_schedules
from tf_schedules.catalogue import recipes

if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    for row in sys.argv[2:]:
        for precision in ("float64", "float32"):
            tf_schedules.export(
                recipes()[row].schedule,
                f"{sys.argv[1]}/{row}-{precision}",
                precision=precision,
            )
