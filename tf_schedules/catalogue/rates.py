"""The highest rate of a schedule, and other rates for it."""

from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.core import Schedule
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
    """The schedule with each of its rates times a factor, rounded once."""

    def times(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(times, value))
        if isinstance(value, Schedule):
            return with_rates_times(value, factor)
        return None if value is None else float(as_fraction(value) * factor)

    if isinstance(schedule, Raised):
        return Scaled(schedule, float(factor))
    if isinstance(schedule, Product):
        first, *others = schedule._argument("schedules")
        return Product([times(first), *others], schedule.name)
    arguments = {}
    for name in schedule._arguments:
        value = schedule._argument(name)
        # What gives a schedule its dtype is a rate, or a schedule of rates.
        is_rate = schedule._fields[name].gives_dtype
        arguments[name] = times(value) if is_rate else value
    return type(schedule)(**arguments)
