"""Schedules that are tables of steps and rates."""

from typing import Annotated, final

from tf_schedules.core import (
    BOUNDARY,
    RATE,
    WHOLE,
    Each,
    Landmarks,
    Name,
    Numbers,
    Ramp,
    Rates,
    Schedule,
    check_geometric,
    check_lengths,
)
from tf_schedules.numerics import is_geometric


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

    def _check(self) -> None:
        check_lengths(1, boundaries=self.boundaries, values=self.values)

    def _landmarks(self) -> Landmarks:
        boundaries = self._now("boundaries")
        last = max([0, *boundaries])
        return Landmarks.at(*boundaries).lasting(last + last / 3)

    def _formula(self, step, boundaries, values):
        return step.lookup(values, step.count_passed(boundaries))


@final
class PiecewiseInterpolation(Schedule):
    """From knot to knot, in straight lines or other shapes.

    ```
    i = number of the last knot with steps[i] <= step
    f = (step - steps[i]) / (steps[i + 1] - steps[i])
    rate = values[i + 1] + shape(f) * (values[i] - values[i + 1])
    ```

    with `shape(f)` as `WarmupStableDecay` has it; the first value before the
    first knot and the last one after the last. "geometric" goes by the same
    factor at each step, a straight line where the rate has a logarithmic axis:

    ```
    rate = values[i] ** (1 - f) * values[i + 1] ** f
    ```

    It is not "exponential": from 1e-6 to 10 in 31 steps "geometric" gives
    1.68e-06 at step 1, and "exponential", which falls from 1 to 0 whatever
    the values are, 0.795.

    Args:
      steps: where the knots are: a sequence of at least two whole scalars
        that rise strictly.
      values: the rates at the knots: a sequence of as many finite scalars.
        The dtype of the first is the schedule's; a Python number means
        float32.
      shape: the shape between two knots: "linear", "cosine", "1-sqrt",
        "exponential", "rex", "geometric", or a power greater than 0. The
        values of a geometric one are greater than 0; variables must stay so.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if the steps do not rise, there are not as many values, or
        a value is out of the range of the shape.

    >>> schedule = PiecewiseInterpolation([0, 4, 8], [0.0, 1.0, 0.5])
    >>> schedule([0, 1, 4, 6, 9]).numpy().tolist()
    [0.0, 0.25, 1.0, 0.75, 0.5]
    >>> schedule = PiecewiseInterpolation([0, 4], [1.0, 16.0], "geometric")
    >>> schedule([0, 1, 2, 3, 4]).numpy().tolist()
    [1.0, 2.0, 4.0, 8.0, 16.0]

    Source: the definition of interpolation between knots.
    """

    steps: Annotated[Numbers, Each(WHOLE, at_least=2, ascending=True)]
    values: Annotated[Numbers, Each(RATE, at_least=2)]
    shape: Ramp = "linear"
    name: Name = "PiecewiseInterpolation"

    def _check(self) -> None:
        check_lengths(0, steps=self.steps, values=self.values)
        if is_geometric(self.shape) and isinstance(self.values, tuple):
            for i, value in enumerate(self.values):
                check_geometric(f"values[{i}]", value)

    def _landmarks(self) -> Landmarks:
        return Landmarks.at(*self._now("steps"))

    def _formula(self, step, steps, values, shape):
        if len(steps) == 2:
            start, end = steps
            return step.progress(end - start, start).fall(shape, *values)
        # At the last knot nothing begins.
        index = step.count_reached(steps[1:-1])
        start = step.lookup_count(steps, index)
        end = step.lookup_count(steps, index + 1)
        first = step.lookup(values, index)
        last = step.lookup(values, index + 1)
        return step.progress(end - start, start).fall(shape, first, last)
