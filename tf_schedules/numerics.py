"""Exact step arithmetic: integers reduce, float64 computes, one cast rounds.

Every function takes a step that is an int64 or a float64 tensor, and
hyperparameters that are Python numbers (whose shortest decimal is meant: 1.1
is eleven tenths) or int64 or float64 tensors. With Python numbers all that
does not depend on the step is worked out exactly while tracing.
"""

import decimal
import math
from fractions import Fraction

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
    return isinstance(value, (int, float))


def exact(number: int | float) -> Fraction:
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
        exponent = numerator / real(denominator)
        return _saturated(tf.pow(real(base), exponent))
    if base == 0:
        return tf.cast(numerator <= 0, tf.float64)
    if is_number(denominator):
        result = tf.exp(numerator * float(_logarithm(base, denominator)))
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


def lookup(table: np.ndarray, index):
    """table[index]."""
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
    """floor(step / count), in the type of `step`; exact for whole steps."""
    if step.dtype == tf.int64:
        if not is_number(count):
            if count.dtype.is_integer:
                return step // count
        elif parts := ratio_of_int64(count):
            numerator, denominator = parts
            if denominator == 1:
                return step // numerator
            # The estimate may be off by rounding; the remainder corrects it.
            estimate = tf.cast(real(step) * (denominator / numerator), tf.int64)
            remainder = step * denominator - estimate * numerator
            return estimate + remainder // numerator
    return tf.cast(tf.floor(real(step) / real(count)), step.dtype)


def ratio_of_int64(count) -> tuple[int, int] | None:
    """A Python number as numerator and denominator, if int64 can hold them."""
    parts = exact(count).as_integer_ratio()
    return parts if max(parts) < _INT64_SAFE else None
