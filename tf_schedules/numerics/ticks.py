"""Exact numbers of steps, and fractions of a step in whole ticks."""

import dataclasses
import functools
import math
from fractions import Fraction

import tensorflow as tf

from tf_schedules.numerics.precision import is_narrow

# Products of an int64 step with anything smaller may wrap around; their
# difference is then still exact, because it fits in 63 bits itself.
INT64_SAFE = 2**62
_SHORTEST = Fraction(1, 2**60)  # over within any part of a step
_LONGEST = Fraction(2**100)  # goes on far beyond, and fits in a float32


def is_number(value) -> bool:
    """Whether `value` is a Python number, known while tracing."""
    return isinstance(value, int | float | Fraction)


def exact(number: int | float | Fraction) -> Fraction:
    """The rational number that a Python number's shortest decimal names."""
    if isinstance(number, float):
        return Fraction(repr(float(number)))
    return Fraction(number)


def whole_ratio(*numbers: Fraction) -> tuple[int, ...] | None:
    """The numbers as multiples of one part, and how many parts make 1.

    None if int64 could not hold the products of a step with them.
    """
    parts = math.lcm(*(number.denominator for number in numbers))
    wholes = (*(int(number * parts) for number in numbers), parts)
    return wholes if max(map(abs, wholes)) < INT64_SAFE else None


def count_of_effect(count) -> Fraction:
    """A count of steps that is no other, for float32 to calculate with."""
    count = max(exact(count), _SHORTEST)
    return min(count, _LONGEST) if is_narrow() else count


@dataclasses.dataclass(frozen=True)
class Ticks:
    """A fraction of a step where no float could hold it: count / unit."""

    count: tf.Tensor  # int64
    unit: int  # how many ticks are a step
    pace: int  # how many ticks pass while the schedule makes a step

    def at(self, count) -> "Ticks":
        """Another number of the same ticks."""
        return dataclasses.replace(self, count=count)


def ticks(step):
    """A step as a tensor and how many of its ones are a step."""
    if isinstance(step, Ticks):
        return step.count, step.unit
    return step, 1


def scaled(count, unit):
    """A count of steps in ticks."""
    if unit == 1:
        return count
    if is_number(count):
        return exact(count) * unit
    return count * (unit if count.dtype.is_integer else float(unit))


def in_ticks(function):
    """Gives a function of a step and counts both in ticks."""

    @functools.wraps(function)
    def call(step, *counts):
        step, unit = ticks(step)
        return function(step, *(scaled(count, unit) for count in counts))

    return call
