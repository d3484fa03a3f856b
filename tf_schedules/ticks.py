"""Exact numbers of steps, and fractions of a step in whole ticks."""

import dataclasses
import functools
from fractions import Fraction

import tensorflow as tf


def is_number(value) -> bool:
    """Whether `value` is a Python number, known while tracing."""
    return isinstance(value, int | float | Fraction)


def exact(number: int | float | Fraction) -> Fraction:
    """The rational number that a Python number's shortest decimal names."""
    if isinstance(number, float):
        return Fraction(repr(float(number)))
    return Fraction(number)


@dataclasses.dataclass(frozen=True)
class Ticks:
    """A fraction of a step where no float could hold it: count / unit."""

    count: tf.Tensor  # int64
    unit: int


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
