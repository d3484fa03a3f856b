"""Schedules that calculate with the rates of others, step by step."""

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, final

import tensorflow as tf

from tf_schedules.core import (
    AnySchedule,
    AnySchedules,
    Finite,
    Name,
    Rate,
    Schedule,
    values,
)
from tf_schedules.numerics import Step, optimization_barrier


def _reduced(
    operation: Callable[[Any, Any], tf.Tensor],
    step: Step,
    schedules: tuple[Schedule, ...],
) -> tf.Tensor:
    """The rates of all schedules at a step, one after another in one."""
    rates = (schedule._compute(step) for schedule in schedules)
    return functools.reduce(
        lambda a, b: optimization_barrier(operation(a, b)), rates
    )


@final
class Sum(Schedule):
    """The sum of schedules; `+` and `-` make one.

    ```
    rate = schedules[0](step) + schedules[1](step) + ...
    ```

    A rate is rounded once, so that the error of a difference is that of its
    largest part: at most 1e-7 of it.

    Args:
      schedules: a sequence of schedules of this package or of Keras, or of
        rates. The dtype of the first that is no Python number is the
        schedule's.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if there are no schedules.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = 1 - ExponentialDecay(1.0, 2, 0.5) + 0.25
    >>> schedule([0, 2, 4]).numpy().tolist()
    [0.25, 0.75, 1.0]

    Source: the definition.
    """

    schedules: AnySchedules
    name: Name = "Sum"

    def _formula(self, step, schedules):
        return _reduced(operator.add, step, schedules)


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
    >>> schedule / 2
    Product((ExponentialDecay(1.0, 2, 0.5), Raised(Constant(2), -1)))

    Source: the definition.
    """

    schedules: AnySchedules
    name: Name = "Product"

    def _formula(self, step, schedules):
        return _reduced(operator.mul, step, schedules)


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
class Raised(Schedule):
    """A schedule to a power; `schedule ** 2` makes one.

    ```
    rate = schedule(step) ** power
    ```

    A rate of 0 is infinite to a negative power. A negative rate has whole
    powers only, and is NaN to others: where rounding may take a rate below 0,
    write `Maximum([schedule, 0.0]) ** 0.5`.

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      power: the power: a finite scalar.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `power` is not finite or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> (ExponentialDecay(1.0, 2, 0.5) ** 2)([0, 2, 4]).numpy().tolist()
    [1.0, 0.25, 0.0625]

    Source: the definition.
    """

    schedule: AnySchedule
    power: Annotated[Finite, "Pass a power such as 2."]
    name: Name = "Raised"

    def _formula(self, step, schedule, power):
        rate = schedule._compute(step)
        return step.arithmetic.signed_power(rate, power)


@final
class Minimum(Schedule):
    """The lowest of some schedules, step by step.

    ```
    rate = min(schedule(step) for schedule in schedules)
    ```

    Args:
      schedules: a sequence of schedules of this package or of Keras, or of
        rates. The dtype of the first that is no Python number is the
        schedule's. Where several are the lowest, the first of them has the
        gradient.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if there are no schedules.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Minimum([0.5, ExponentialDecay(1.0, 2, 0.5)])
    >>> schedule([0, 2, 4]).numpy().tolist()
    [0.5, 0.5, 0.25]

    Source: the definition.
    """

    schedules: AnySchedules
    name: Name = "Minimum"

    def _formula(self, step, schedules):
        return _reduced(tf.minimum, step, schedules)


@final
class Maximum(Schedule):
    """The highest of some schedules, step by step.

    ```
    rate = max(schedule(step) for schedule in schedules)
    ```

    Args:
      schedules: a sequence of schedules of this package or of Keras, or of
        rates. The dtype of the first that is no Python number is the
        schedule's. Where several are the highest, the first of them has the
        gradient.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if there are no schedules.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Maximum([0.5, ExponentialDecay(1.0, 2, 0.5)])
    >>> schedule([0, 2, 4]).numpy().tolist()
    [1.0, 0.5, 0.5]

    Source: the definition.
    """

    schedules: AnySchedules
    name: Name = "Maximum"

    def _formula(self, step, schedules):
        return _reduced(tf.maximum, step, schedules)


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
