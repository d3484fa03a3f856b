"""Exact step arithmetic: integers reduce, float64 computes, one cast rounds.

Every function takes a step that is an int64 or a float64 tensor, and
hyperparameters that are Python numbers (whose shortest decimal is meant: 1.1
is eleven tenths) or int64 or float64 tensors. With Python numbers all that
does not depend on the step is worked out exactly while tracing.
"""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import integers
from tf_schedules.numerics.precision import is_narrow, working_dtype
from tf_schedules.numerics.ticks import (
    INT64_SAFE,
    Ticks,
    count_of_effect,
    exact,
    in_ticks,
    is_number,
    scaled,
    whole_ratio,
)

HALF_PI = Fraction("1.57079632679489661923132169163975144209858469968755")
LAST_STEP = 2**63 - 1


def real(value):
    """A tensor in the working precision; a Python number as a Python float."""
    if isinstance(value, Ticks):
        return settled(real(value.count) * (1.0 / value.unit))
    if is_number(value):
        most = float(working_dtype().max)
        return float(max(min(value, most), -most))
    return tf.cast(value, working_dtype())


def settled(value):
    """The value, where the order of operations before and after counts.

    Without this TensorFlow may merge constants and reorder products, not in
    all graphs alike, and a float64 would differ in its last bit.
    """
    return value if is_number(value) else tf.minimum(value, value.dtype.max)


def until(step, end):
    """The step, or an end, where there is one, once that has come."""
    if end is None:
        return step
    if isinstance(step, Ticks) and is_whole(end):
        end = as_whole(scaled(end, step.unit))
        return step.at(integers.minimum(step.count, end))
    if not isinstance(step, Ticks) and step.dtype == tf.int64 and is_whole(end):
        return integers.minimum(step, as_whole(end))
    return tf.minimum(real(step), real(end))


def half_cosine(angle):
    """(1 - cos(2 * angle)) / 2, to full relative precision.

    Falls from 1 to 0 as the angle falls from pi/2 to 0: the square of a sine
    has no cancellation where the rate is small.
    """
    return tf.square(tf.sin(angle))


def expm1(value):
    """exp(value) - 1; in float32 by operations that every reader has."""
    return tf.exp(value) - 1.0 if is_narrow() else tf.math.expm1(value)


def lookup(table, index):
    """table[index], for a table that is an array or a tensor."""
    if is_narrow() and getattr(table, "dtype", None) == np.float64:
        end = working_dtype().max
        table = np.clip(table, -end, end).astype(np.float32)
    if index.shape.rank == 0 or is_narrow():
        return tf.gather(table, index)
    # The same, half as fast for one index and twice as fast for many.
    return tf.gather_nd(table, tf.expand_dims(index, -1))


class Progress(NamedTuple):
    """How far a phase has gone: two parts that make 1, in [0, 1]."""

    elapsed: tf.Tensor  # float64
    remaining: tf.Tensor  # float64, small without being a difference


@in_ticks
def progress(step, length, start=0) -> Progress:
    """How far a phase that begins at `start` has gone; clipped to it."""
    if is_number(length) and length == 0:
        position = real(step)
        return Progress(tf.ones_like(position), tf.zeros_like(position))
    if is_number(length):
        length = count_of_effect(length)
    if is_number(length) and is_number(start):
        start = exact(start)
        if parts := whole_ratio(start, length) or _rounded(start, length):
            first, whole, unit = parts
            # Clipped first, so that the product stays in range.
            low, high = first // unit, -(-(first + whole) // unit)
            if step.dtype == tf.int64:
                passed = integers.clip(step, low, high) * unit - first
                return _progress(integers.clip(passed, 0, whole), whole)
            passed = tf.clip_by_value(step, float(low), float(high))
            below = tf.floor(passed)
            fraction = (passed - below) * float(unit)
            passed = real(tf.cast(below, tf.int64) * unit - first) + fraction
            passed = tf.clip_by_value(passed, 0.0, float(whole))
            return _progress(passed, float(whole))
    elif step.dtype == tf.int64 and is_whole(length) and is_whole(start):
        length, start = as_whole(length), as_whole(start)
        return _progress(integers.clip(step - start, 0, length), length)
    passed, length = real(step) - real(start), real(length)
    return _progress(tf.clip_by_value(passed, 0.0, length), length)


def _rounded(start, length):
    """As whole_ratio, nearly; for float32, which would be further off."""
    if not is_narrow() or start + length > INT64_SAFE / 2:
        return None
    unit = 2 ** max(61 - int(start + length).bit_length(), 0)
    return round(start * unit), max(round(length * unit), 1), unit


def _progress(passed, whole) -> Progress:
    length = real(whole)
    if is_number(whole):
        # As TensorFlow divides by a constant, but not in all graphs.
        each = 1.0 / length
        parts = real(passed) * each, real(whole - passed) * each
        return Progress(*(tf.minimum(part, 1.0) for part in parts))
    # A phase of no length is over.
    is_phase = length > 0
    length = tf.where(is_phase, length, tf.ones_like(length))
    elapsed, remaining = real(passed) / length, real(whole - passed) / length
    return Progress(
        tf.where(is_phase, elapsed, tf.ones_like(elapsed)), remaining
    )


def growth(step, length, rate=1):
    """rate * step / length, by one factor where it is known."""
    if is_number(length) and is_number(rate):
        most = Fraction(float(working_dtype().max))
        factor = float(min(exact(rate) / exact(length), most))
        return settled(real(step) * factor)
    return settled(rate * (real(step) / real(length)))


def is_whole(count) -> bool:
    """Whether a count is a whole Python number or an integer tensor."""
    if is_number(count):
        return exact(count).denominator == 1
    return count.dtype.is_integer


def as_whole(count):
    """A whole count as a Python int that int64 can hold, or a tensor."""
    if is_number(count):
        return max(min(int(count), LAST_STEP), -LAST_STEP)
    return count


def since(step, start):
    """How many steps after `start` a step is, at least 0.

    In the type of the step, but for a fractional `start` in float64.
    """
    if isinstance(step, Ticks):
        count = since(step.count, scaled(start, step.unit))
        return step.at(count) if count.dtype.is_integer else count / step.unit
    if step.dtype == tf.int64 and is_whole(start):
        return integers.maximum(step - as_whole(start), 0)
    return tf.maximum(real(step) - real(start), 0.0)


@in_ticks
def is_before(step, boundary):
    """Whether a step is before a boundary."""
    if step.dtype == tf.int64:
        if is_number(boundary):
            boundary = as_whole(math.ceil(exact(boundary)))
            return integers.is_less(step, boundary)
        if boundary.dtype.is_integer:
            return integers.is_less(step, boundary)
    return real(step) < real(boundary)


def count_reached(step, starts: np.ndarray):
    """How many of ascending numbers are at most the step, as int32.

    Without an operation that some readers of SavedModels refuse.
    """
    starts = starts.astype(step.dtype.as_numpy_dtype)
    if step.shape.rank == 0:
        is_reached = integers.is_at_most(starts, step)
        return tf.reduce_sum(tf.cast(is_reached, tf.int32))
    # A binary search, with as many numbers as make its halves whole.
    rounds = len(starts).bit_length()
    beyond = np.full(2**rounds - len(starts), starts.dtype.type(LAST_STEP))
    padded = np.concatenate([starts, beyond])
    index = tf.zeros_like(step, tf.int32)
    for half in (2**r for r in reversed(range(rounds))):
        start = lookup(padded, index + (half - 1))
        is_right = integers.is_at_most(start, step)
        index += half * tf.cast(is_right, tf.int32)
    return tf.minimum(index, len(starts))
