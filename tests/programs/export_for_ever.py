"""Exports version after version to a folder until it is killed.

It prints "ready" after it imports TensorFlow.
"""

import sys

import tf_schedules

if __name__ == "__main__":
    schedule = tf_schedules.CosineDecayRestarts(0.05, 313, 1.5, 0.9, 0.1)
    schedule.signatures()
    print("ready", flush=True)
    while True:
        tf_schedules.export(schedule, sys.argv[1])
