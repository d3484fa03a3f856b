"""The highest rate of a schedule, and other rates for it."""

from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.core import Schedule, values
from tf_schedules.numerics import PRECISIONS, Step, as_fraction
from tf_schedules.schedules import Product, Raised, Scaled


def highest(schedule: Schedule, steps: int, published_steps: int) -> float:
    """The highest rate at any step of a run, unrounded.

    Args:
      schedule: a schedule that may have been made longer or shorter.
      steps: how many steps the run has.
      published_steps: how many it had before. Only the steps that are next to
        one of them are looked at, which are all where there are fewer.
    """
    whole, rest = divmod(steps, published_steps)
    published = np.arange(published_steps)
    before = published * whole + published * rest // published_steps
    near = np.minimum(np.concatenate([before, before + 1]), steps - 1)
    step = Step.of(tf.constant(near), PRECISIONS["float64"])
    return float(np.max(schedule._compute(step)))


def with_rates_times(schedule: Schedule, factor: Fraction) -> Schedule:
    """The schedule with each of its rates times a factor, rounded once.

    Its dtype and precision stay.
    """

    def times(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(times, value))
        if isinstance(value, Schedule):
            return with_rates_times(value, factor)
        if value is None:
            return None
        product = float(as_fraction(values.plain(value)) * factor)
        if not values.is_numpy(value):
            return product
        return values.dtype_of(value).as_numpy_dtype(product)

    if isinstance(schedule, Raised):
        return Scaled(schedule, float(factor))
    # As a copy is made, so that the precision stays.
    rebuild, (cls, arguments, precision) = schedule.__reduce__()
    if isinstance(schedule, Product):
        first, *others = arguments["schedules"]
        arguments["schedules"] = times(first), *others
    else:
        for name, value in arguments.items():
            # What gives a schedule its dtype is a rate, or has rates.
            if schedule._fields[name].gives_dtype:
                arguments[name] = times(value)
    return rebuild(cls, arguments, precision)
