"""What a schedule plans, for TensorBoard."""

import os
import pathlib
from typing import Any

import tensorflow as tf

from tf_schedules.core import as_schedule, path_of
from tf_schedules.plotting.curve import curve_of

# TensorBoard shows 1000 points of a curve, and leaves out others at random.
_COLUMNS = 160
_SUFFIX = ".plan"


def write_plan(
    schedule: Any,
    log_dir: str | os.PathLike[str],
    steps: int | None = None,
    run: Any = None,
) -> pathlib.Path:
    """Writes the rates that a schedule plans, for TensorBoard.

    They are in the run `plan` below `log_dir` under the tag `learning_rate`,
    by the number of updates, so that TensorBoard lays them over the rates that
    were applied, as `LearningRateLogger(log_dir)` writes them: the rate of
    step 0 is at 1. A plan that is there is replaced.

    Args:
      schedule: a schedule of this package or of Keras, or a rate.
      log_dir: the directory for TensorBoard's files.
      steps: how many steps to plan, from step 0 on: a whole number from 1 to
        2**63; None for those of `run` or, without one, of the schedule.
      run: what has `total_steps`; None for no such thing.

    Returns:
      The directory of the plan.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range.

    >>> import tempfile
    >>> from tf_schedules import CosineDecayRestarts
    >>> schedule = CosineDecayRestarts(0.1, first_decay_steps=300)
    >>> write_plan(schedule, tempfile.mkdtemp()).name
    'plan'

    Source: https://www.tensorflow.org/tensorboard/scalars_and_keras.
    """
    folder = path_of(log_dir=log_dir) / "plan"
    if steps is None and run is not None:
        steps = run.total_steps
    curve = curve_of(as_schedule("schedule", schedule), steps).thinned(_COLUMNS)
    earlier = [*folder.glob(f"events.out.tfevents.*{_SUFFIX}")]
    writer = tf.summary.create_file_writer(str(folder), filename_suffix=_SUFFIX)
    with writer.as_default():
        for step, rate in zip(curve.steps, curve.rates, strict=True):
            update = min(int(step) + 1, tf.int64.max)
            tf.summary.scalar("learning_rate", rate, step=update)
    writer.close()
    for file in earlier:
        file.unlink()
    return folder
