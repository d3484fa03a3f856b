"""Schedules that calculate with the rates of others, step by step."""

import functools
from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import values
from tf_schedules.core.conversion import AnySchedule, AnySchedules
from tf_schedules.core.fields import Finite, Name, Rate
from tf_schedules.core.schedule import Schedule
from tf_schedules.numerics import optimization_barrier


@final
class Product(Schedule):
    """The product of schedules; `schedule * schedule` makes one.

    ```
    rate = schedules[0](step) * schedules[1](step) * ...
    ```

    Args:
      schedules: a sequence of schedules of this package or of Keras, or of
        rates. The dtype of the first that is no Python number is the
        schedule's.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if there are no schedules.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(1.0, 2, 0.5)
    >>> (schedule * schedule)([0, 2, 4]).numpy().tolist()
    [1.0, 0.25, 0.0625]

    Source: the definition.
    """

    schedules: AnySchedules
    name: Name = "Product"

    def _formula(self, step, schedules):
        rates = (schedule._compute(step) for schedule in schedules)
        return functools.reduce(lambda a, b: optimization_barrier(a * b), rates)


@final
class Scaled(Schedule):
    """A schedule times a factor; `2.0 * schedule` makes one.

    ```
    rate = factor * schedule(step)
    ```

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      factor: the factor: a finite scalar.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `factor` is not finite or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> (2.0 * ExponentialDecay(1.0, 2, 0.5))([0, 2]).numpy().tolist()
    [2.0, 1.0]

    Source: the definition.
    """

    schedule: AnySchedule
    factor: Annotated[Finite, "Pass a factor such as 0.5."]
    name: Name = "Scaled"

    def _formula(self, step, schedule, factor):
        return factor * schedule._compute(step)


@final
class Clamped(Schedule):
    """A schedule between two bounds.

    ```
    rate = min(max(schedule(step), minimum), maximum)
    ```

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      minimum: the lowest rate: a finite scalar, or None for no bound.
      maximum: the highest rate: a finite scalar of at least the minimum, or
        None for no bound.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if a bound is not finite or not a scalar, or if the minimum
        is above the maximum.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Clamped(ExponentialDecay(1.0, 2, 0.5), minimum=0.25)
    >>> schedule([0, 2, 4, 99]).numpy().tolist()
    [1.0, 0.5, 0.25, 0.25]

    Source: the definition.
    """

    schedule: AnySchedule
    minimum: Rate | None = None
    maximum: Rate | None = None
    name: Name = "Clamped"

    def _check(self) -> None:
        low, high = self.minimum, self.maximum
        if values.is_number(low) and values.is_number(high) and low > high:
            raise ValueError(
                f"maximum must be at least minimum; got {high!r} for a "
                f"minimum of {low!r}. Exchange them."
            )

    def _formula(self, step, schedule, minimum, maximum):
        rate = schedule._compute(step)
        if minimum is not None:
            rate = tf.maximum(rate, minimum)
        return rate if maximum is None else tf.minimum(rate, maximum)
