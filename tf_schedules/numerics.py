"""Exact step arithmetic: integers reduce, float64 computes, one cast rounds.

Every function takes a step that is an int64 or a float64 tensor, and
hyperparameters that are Python numbers (whose shortest decimal is meant: 1.1
is eleven tenths) or int64 or float64 tensors. With Python numbers all that
does not depend on the step is worked out exactly while tracing.
"""

import decimal
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

HALF_PI = Fraction("1.57079632679489661923132169163975144209858469968755")
LAST_STEP = 2**63 - 1

_CONTEXT = decimal.Context(prec=50)
# Products of an int64 step with anything smaller may wrap around; their
# difference is then still exact, because it fits in 63 bits itself.
_INT64_SAFE = 2**62


def is_number(value) -> bool:
    """Whether `value` is a Python number, known while tracing."""
    return isinstance(value, int | float | Fraction)


def exact(number: int | float | Fraction) -> Fraction:
    """The rational number that a Python number's shortest decimal names."""
    if isinstance(number, float):
        return Fraction(repr(float(number)))
    return Fraction(number)


def real(value):
    """A tensor as float64; a Python number as a Python float."""
    return float(value) if is_number(value) else tf.cast(value, tf.float64)


def half_cosine(angle):
    """(1 - cos(2 * angle)) / 2, to full relative precision.

    Falls from 1 to 0 as the angle falls from pi/2 to 0: the square of a sine
    has no cancellation where the rate is small.
    """
    return tf.square(tf.sin(angle))


def power(base, numerator, denominator=1):
    """base ** (numerator / denominator) for base >= 0, at most float64's max.

    A base of 0 gives 1 for exponents up to 0 and 0 after. A base of 1 gives
    the number 1, whatever the shape of the exponent.

    The relative error is that of float64's exponent: |log(result)| ulp.
    """
    if is_number(base) and base == 1:
        return 1.0
    numerator = real(numerator)
    if not is_number(base):
        base, exponent = real(base), numerator / real(denominator)
        # Apart from 0 to less than 1, where the gradient would be infinite.
        has_gradient = (base > 0.0) | (exponent >= 1.0)
        result = tf.pow(tf.where(has_gradient, base, 1.0), exponent)
        at_0 = tf.cast(exponent <= 0.0, tf.float64)
        return _saturated(tf.where(has_gradient, result, at_0))
    if base == 0:
        return tf.cast(numerator <= 0, tf.float64)
    if is_number(denominator):
        logarithm = float(_logarithm(base, denominator))
        logarithm = max(min(logarithm, 1e300), -1e300)  # infinity * 0 is NaN
        result = tf.exp(numerator * logarithm)
    else:
        exponent = numerator / real(denominator)
        result = tf.exp(exponent * float(_logarithm(base)))
    return _saturated(result) if base > 1 else result


def whole_power(base, exponent, limit=None):
    """base ** exponent for base >= 0 and whole exponents, to 4 ulp.

    Args:
      base: a Python number or a float64 tensor.
      exponent: an integer tensor, not negative.
      limit: a Python int that every exponent is below, if there is one.
    """
    if not is_number(base) or base in (0, 1):
        return power(base, exponent)
    if limit is not None:
        return lookup(_powers(base, limit), exponent)
    # What the exponential would magnify must not be rounded: the larger part
    # of the logarithm is exact in a product with every exponent that leaves
    # the result in range.
    logarithm = _logarithm(base)
    mantissa, scale = math.frexp(logarithm)
    bits = max(min(26, 43 + scale), 1)
    high = math.ldexp(math.floor(math.ldexp(mantissa, bits)), scale - bits)
    low = float(logarithm - decimal.Decimal(high))
    # Where this ends, the result is 0 or infinite; infinity times 0 is not.
    exponent = tf.minimum(real(exponent), 1500 / abs(float(logarithm)))
    result = tf.exp(exponent * high)
    # Not the product of two exponentials, which XLA would make one again.
    result += result * tf.math.expm1(exponent * low)
    return _saturated(result) if base > 1 else result


def _powers(base, count) -> np.ndarray:
    base, power, powers = decimal.Decimal(repr(base)), decimal.Decimal(1), []
    for _ in range(count):
        powers.append(min(float(power), tf.float64.max))
        power = _CONTEXT.multiply(power, base)
    return np.array(powers)


def lookup(table, index):
    """table[index], for a table that is an array or a tensor."""
    if index.shape.rank == 0:
        return tf.gather(table, index)
    # The same, half as fast for one index and twice as fast for many.
    return tf.gather_nd(table, tf.expand_dims(index, -1))


def _saturated(value):
    # Growth without bound ends at a number, which times 0 is still 0.
    return tf.minimum(value, tf.float64.max)


def _logarithm(base, denominator=1) -> decimal.Decimal:
    """ln(base) / denominator to 50 digits."""
    divisor = exact(denominator)
    logarithm = _CONTEXT.ln(decimal.Decimal(repr(base)))
    logarithm = _CONTEXT.multiply(logarithm, divisor.denominator)
    return _CONTEXT.divide(logarithm, divisor.numerator)


def quotient(step, count):
    """floor(step / count); exact for whole steps."""
    return divide(step, count).quotient


class Division(NamedTuple):
    """A step over a count: quotient + remainder / divisor."""

    quotient: tf.Tensor  # whole; float64 where int64 could be too narrow
    remainder: tf.Tensor  # from 0 to below the divisor
    divisor: Any  # a Python int or a tensor of the type of the remainder


def divide(step, count) -> Division:
    """Divides a step by a count greater than 0.

    In integers, and so exact, for whole steps where the count is a Python
    number or an integer tensor; else in float64.
    """
    if is_number(count):
        parts = whole_ratio(exact(count))
        if parts and parts[1] < 2**9 * parts[0]:
            if step.dtype == tf.int64:
                return _divide_whole(step, *parts)
            # Whole steps give the same as int64; the fraction is added.
            below = tf.floor(step)
            index, past, divisor = _divide_whole(
                tf.cast(below, tf.int64), *parts
            )
            past = real(past) + (step - below) * float(parts[1])
            over = tf.floor(past / divisor)
            past = tf.maximum(past - over * divisor, 0.0)
            return Division(real(index) + over, past, divisor)
    elif step.dtype == tf.int64 and count.dtype.is_integer:
        index = step // count
        return Division(index, step - index * count, count)
    count = real(count)
    index = tf.floor(real(step) / count)
    past = tf.clip_by_value(real(step) - index * count, 0.0, count)
    return Division(index, past, count)


def _divide_whole(step, numerator, denominator) -> Division:
    if denominator == 1:
        index = step // numerator
        return Division(index, step - index * numerator, numerator)
    # No further than int64 can count, where the count is small.
    last = _INT64_SAFE * numerator // denominator
    if last < LAST_STEP:
        step = tf.minimum(step, last)
    # The estimate may be off by rounding; the remainder corrects it.
    estimate = tf.cast(real(step) * (denominator / numerator), tf.int64)
    past = step * denominator - estimate * numerator
    off = past // numerator
    return Division(estimate + off, past - off * numerator, numerator)


def whole_ratio(*numbers: Fraction) -> tuple[int, ...] | None:
    """The numbers as multiples of one part, and how many parts make 1.

    None if int64 could not hold the products of a step with them.
    """
    parts = math.lcm(*(number.denominator for number in numbers))
    wholes = (*(int(number * parts) for number in numbers), parts)
    return wholes if max(map(abs, wholes)) < _INT64_SAFE else None


class Progress(NamedTuple):
    """How far a phase has gone: two parts that make 1, in [0, 1]."""

    elapsed: tf.Tensor  # float64
    remaining: tf.Tensor  # float64, small without being a difference


def progress(step, length, start=0) -> Progress:
    """How far a phase that begins at `start` has gone; clipped to it."""
    if is_number(length) and length == 0:
        position = real(step)
        return Progress(tf.ones_like(position), tf.zeros_like(position))
    if is_number(length) and is_number(start):
        if parts := whole_ratio(exact(start), exact(length)):
            first, whole, unit = parts
            # Clipped first, so that the product stays in range.
            low, high = first // unit, -(-(first + whole) // unit)
            if step.dtype == tf.int64:
                passed = tf.clip_by_value(step, low, high) * unit - first
                return _progress(tf.clip_by_value(passed, 0, whole), whole)
            passed = tf.clip_by_value(step, float(low), float(high))
            below = tf.floor(passed)
            fraction = (passed - below) * float(unit)
            passed = real(tf.cast(below, tf.int64) * unit - first) + fraction
            passed = tf.clip_by_value(passed, 0.0, float(whole))
            return _progress(passed, float(whole))
    elif step.dtype == tf.int64 and is_whole(length) and is_whole(start):
        length, start = as_whole(length), as_whole(start)
        return _progress(tf.clip_by_value(step - start, 0, length), length)
    passed, length = real(step) - real(start), real(length)
    return _progress(tf.clip_by_value(passed, 0.0, length), length)


def _progress(passed, whole) -> Progress:
    length = real(whole)
    if is_number(whole):
        return Progress(real(passed) / length, real(whole - passed) / length)
    # A phase of no length is over.
    is_phase = length > 0
    length = tf.where(is_phase, length, tf.ones_like(length))
    elapsed, remaining = real(passed) / length, real(whole - passed) / length
    return Progress(
        tf.where(is_phase, elapsed, tf.ones_like(elapsed)), remaining
    )


def is_whole(count) -> bool:
    """Whether a count is a whole Python number or an integer tensor."""
    if is_number(count):
        return float(count).is_integer()
    return count.dtype.is_integer


def as_whole(count):
    """A whole count as a Python int or an int64 tensor."""
    return int(count) if is_number(count) else count


def since(step, start):
    """How many steps after `start` a step is, at least 0.

    In the type of the step, but for a fractional `start` in float64.
    """
    if step.dtype == tf.int64 and is_whole(start):
        return tf.maximum(step - as_whole(start), 0)
    return tf.maximum(real(step) - real(start), 0.0)


def is_before(step, boundary):
    """Whether a step is before a boundary."""
    if step.dtype == tf.int64:
        if is_number(boundary):
            return step < math.ceil(exact(boundary))
        if boundary.dtype.is_integer:
            return step < boundary
    return real(step) < real(boundary)


def count_reached(step, starts: np.ndarray):
    """How many of ascending numbers are at most the step, as int32.

    Without an operation that some readers of SavedModels refuse.
    """
    starts = starts.astype(step.dtype.as_numpy_dtype)
    if step.shape.rank == 0:
        return tf.reduce_sum(tf.cast(starts <= step, tf.int32))
    # A binary search, with as many numbers as make its halves whole.
    rounds = len(starts).bit_length()
    beyond = np.full(2**rounds - len(starts), starts.dtype.type(LAST_STEP))
    padded = np.concatenate([starts, beyond])
    index = tf.zeros_like(step, tf.int32)
    for half in (2**r for r in reversed(range(rounds))):
        is_right = lookup(padded, index + (half - 1)) <= step
        index += half * tf.cast(is_right, tf.int32)
    return tf.minimum(index, len(starts))
