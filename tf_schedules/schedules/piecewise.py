"""Schedules that are tables of steps and rates."""

import math
from typing import Annotated, final

import numpy as np
import tensorflow as tf

from tf_schedules.core.fields import Curve, Name, Numbers, Rates
from tf_schedules.core.rules import BOUNDARY, RATE, WHOLE, Each, check_lengths
from tf_schedules.core.schedule import Schedule
from tf_schedules.numerics import numerics, shapes
from tf_schedules.numerics.precision import working_dtype
from tf_schedules.numerics.ticks import ticks


def _table(values):
    """Hyperparameters as one array, or as one tensor where they may change."""
    if _are_numbers(values):
        return np.array(values, np.float64)
    return tf.stack([tf.cast(value, working_dtype()) for value in values])


def _are_numbers(values):
    return all(numerics.is_number(value) for value in values)


def _count(compare, step, starts):
    """How many starts compare so with the step, some being tensors."""
    as_number = numerics.real
    if step.dtype == tf.int64 and all(map(numerics.is_whole, starts)):
        as_number = numerics.as_whole
    table = tf.stack([as_number(start) for start in starts])
    counted = compare(table, tf.expand_dims(as_number(step), -1))
    return tf.reduce_sum(tf.cast(counted, tf.int32), -1)


def _count_passed(step, boundaries):
    """How many of the boundaries are below the step."""
    if not _are_numbers(boundaries):
        return _count(tf.less, step, boundaries)
    # The least number above each, so that being reached is being passed.
    step, unit = ticks(step)
    if step.dtype == tf.int64:
        after = (math.floor(numerics.exact(b) * unit) + 1 for b in boundaries)
        limit = numerics.LAST_STEP
        starts = np.array([max(min(b, limit), -limit) for b in after], int)
    else:
        dtype = step.dtype.as_numpy_dtype
        starts = np.nextafter(np.array(boundaries, dtype), dtype(np.inf))
        # TensorFlow takes a number below the least normal one for 0.
        tiny = np.finfo(dtype).tiny
        starts = np.where(np.abs(starts) < tiny, tiny, starts)
    return numerics.count_reached(step, starts)


def _count_reached(step, knots):
    """How many of the knots are not above the step."""
    if not _are_numbers(knots):
        return _count(tf.less_equal, step, knots)
    step, unit = ticks(step)
    return numerics.count_reached(step, np.array(knots, np.int64) * unit)


@final
class PiecewiseConstantDecay(Schedule):
    """One rate up to and including each boundary, and one after the last.

    ```
    rate = values[sum(boundary < step for boundary in boundaries)]
    ```

    A drop-in for `tf.keras.optimizers.schedules.PiecewiseConstantDecay`: at a
    boundary the old rate still holds.

    Args:
      boundaries: the steps after which the rate changes: a sequence of finite
        scalars that rise strictly.
      values: the rates: a sequence of finite scalars, one more than there are
        boundaries. The dtype of the first is the schedule's; a Python number
        means float32.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if the boundaries do not rise, or there is not one value
        more than boundaries.

    >>> schedule = PiecewiseConstantDecay([2, 4], [0.5, 0.25, 0.125])
    >>> schedule([0, 2, 3, 4, 5]).numpy().tolist()
    [0.5, 0.5, 0.25, 0.25, 0.125]

    Source: `tf.keras.optimizers.schedules.PiecewiseConstantDecay`,
    TensorFlow's documentation.
    """

    boundaries: Annotated[Numbers, Each(BOUNDARY, at_least=0, ascending=True)]
    values: Rates
    name: Name = "PiecewiseConstant"

    def _check(self):
        check_lengths(1, boundaries=self.boundaries, values=self.values)

    def _formula(self, step, boundaries, values):
        index = _count_passed(step, boundaries)
        return numerics.lookup(_table(values), index)


@final
class PiecewiseInterpolation(Schedule):
    """From knot to knot, in straight lines or half cosines.

    ```
    i = number of the last knot with steps[i] <= step
    f = (step - steps[i]) / (steps[i + 1] - steps[i])
    rate = values[i + 1] + shape(f) * (values[i] - values[i + 1])
    ```

    with `shape(f)` as `WarmupStableDecay` has it; the first value before the
    first knot and the last one after the last.

    Args:
      steps: where the knots are: a sequence of at least two whole scalars
        that rise strictly.
      values: the rates at the knots: a sequence of as many finite scalars.
        The dtype of the first is the schedule's; a Python number means
        float32.
      shape: the shape between two knots: the name of one, or a power greater
        than 0.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if the steps do not rise, or there are not as many values.

    >>> schedule = PiecewiseInterpolation([0, 4, 8], [0.0, 1.0, 0.5])
    >>> schedule([0, 1, 4, 6, 9]).numpy().tolist()
    [0.0, 0.25, 1.0, 0.75, 0.5]

    Source: the definition of interpolation between knots.
    """

    steps: Annotated[Numbers, Each(WHOLE, at_least=2, ascending=True)]
    values: Annotated[Numbers, Each(RATE, at_least=2)]
    shape: Curve = "linear"
    name: Name = "PiecewiseInterpolation"

    def _check(self):
        check_lengths(0, steps=self.steps, values=self.values)

    def _formula(self, step, steps, values, shape):
        if len(steps) == 2:
            start, end = steps
            progress = numerics.progress(step, end - start, start)
            return shapes.fall(shape, progress, *values)
        # At the last knot nothing begins.
        index = _count_reached(step, steps[1:-1])
        if _are_numbers(steps):
            knots = np.array(steps, np.int64)
        else:
            knots = _table(steps)
        start = numerics.lookup(knots, index)
        length = numerics.lookup(knots, index + 1) - start
        progress = numerics.progress(step, length, start)
        table = _table(values)
        return shapes.fall(
            shape,
            progress,
            numerics.lookup(table, index),
            numerics.lookup(table, index + 1),
        )
