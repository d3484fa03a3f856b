"""Prints how exact our schedules and Keras's are, as the README's table.

    python benchmarks/against_keras.py

The errors are those of every step in a compiled function, as a fraction of the
peak rate, against cycles counted in whole numbers and cosines in float64.
"""

import os
import pathlib
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import tf_schedules

_FIRST, _GROWTH_IN_TENTHS = 300, 11
_STEPS = 100_000


def _exact_rates() -> np.ndarray:
    """The rates of `CosineDecayRestarts(0.1, 300, t_mul=1.1)`."""
    start, length, scale, rates = 0, _FIRST, 1, []
    for step in range(_STEPS):  # in units of 1 / scale
        while step * scale >= start + length:
            start, length = 10 * (start + length), _GROWTH_IN_TENTHS * length
            scale *= 10
        fraction = (step * scale - start) / length
        rates.append(0.05 * (1 + np.cos(np.pi * fraction)))
    return np.array(rates)


def _restarts(schedules) -> tf.keras.optimizers.schedules.LearningRateSchedule:
    return schedules.CosineDecayRestarts(0.1, _FIRST, t_mul=1.1)


def _errors(schedules) -> np.ndarray:
    schedule = _restarts(schedules)
    one_by_one = tf.function(
        lambda steps: tf.map_fn(schedule, steps, fn_output_signature="float32")
    )
    rates = one_by_one(tf.range(_STEPS, dtype=tf.int64)).numpy()
    return np.abs(rates - _exact_rates()) / 0.1


def _last_power(schedules) -> int:
    """The highest n so that step 2^n - 1 is told from the steps beside it."""
    schedule = schedules.CosineDecayRestarts(1.0, 2, t_mul=1.0)
    powers = range(1, 63)
    odd = [float(schedule(tf.constant(2**n - 1, tf.int64))) for n in powers]
    wrong = (n for n in powers if abs(odd[n - 1] - 0.5) > 0.1)
    return next(wrong, 63) - 1


def _can_be_saved(schedules) -> str:
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "saved")
            tf.saved_model.save(_restarts(schedules), path)
    except ValueError:
        return "no"
    return "yes"


def rows() -> list[str]:
    """The lines of the table."""
    theirs = tf.keras.optimizers.schedules
    pair = (tf_schedules, theirs)
    at_restart = [
        float(tf.function(_restarts(s))(tf.constant(993, tf.int64)))
        for s in pair
    ]
    errors = [_errors(schedules) for schedules in pair]
    measured = {
        "rate at step 993, a restart": [f"{rate:.2g}" for rate in at_restart],
        f"worst error in {_STEPS:,} steps": [f"{e.max():.1g}" for e in errors],
        "steps off by more than 1 %": [str((e > 0.01).sum()) for e in errors],
        "neighbouring steps differ up to": [
            f"2^{_last_power(schedules)}" for schedules in pair
        ],
        "`tf.saved_model.save` works": map(_can_be_saved, pair),
    }
    return [f"| {name} | {a} | {b} |" for name, (a, b) in measured.items()]


if __name__ == "__main__":
    print("\n".join(rows()))
