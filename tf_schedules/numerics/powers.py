"""Powers of whole and of real exponents, without their usual errors."""

import decimal
import math

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import integers
from tf_schedules.numerics.division import divide
from tf_schedules.numerics.numerics import lookup, real, settled
from tf_schedules.numerics.precision import is_narrow, working_dtype
from tf_schedules.numerics.ticks import Ticks, exact, is_number, scaled

_CONTEXT = decimal.Context(prec=50)
# exp(-104) is 0 in float32, and exp(89) is infinite.
_NARROW_RANGE = 104


def power(base, numerator, denominator=1):
    """base ** (numerator / denominator) for base >= 0, at most float64's max.

    A base of 0 gives 1 for exponents up to 0 and 0 after. A base of 1 gives
    the number 1, whatever the shape of the exponent.

    The relative error is that of float64's exponent: |log(result)| ulp.
    """
    if is_number(base) and base == 1:
        return 1.0
    if isinstance(numerator, Ticks):
        denominator = scaled(denominator, numerator.unit)
        numerator = numerator.count
    is_known = is_number(base) and base > 0 and is_number(denominator)
    if is_narrow() and is_known and numerator.dtype.is_integer:
        return _narrow_power(base, numerator, denominator)
    numerator = real(numerator)
    if not is_number(base):
        base, exponent = real(base), numerator / real(denominator)
        # Apart from 0 to less than 1, where the gradient would be infinite.
        has_gradient = (base > 0.0) | (exponent >= 1.0)
        result = tf.pow(tf.where(has_gradient, base, 1.0), exponent)
        at_0 = tf.cast(exponent <= 0.0, working_dtype())
        return settled(tf.where(has_gradient, result, at_0))
    if base == 0:
        return tf.cast(numerator <= 0, working_dtype())
    if is_number(denominator):
        logarithm = float(_logarithm(base, denominator))
        # Infinity * 0 is NaN.
        end = working_dtype().max / 2
        logarithm = max(min(logarithm, end), -end)
        result = tf.exp(numerator * logarithm)
    else:
        exponent = numerator / real(denominator)
        result = tf.exp(exponent * float(_logarithm(base)))
    return settled(result) if base > 1 else result


def whole_power(base, exponent, limit=None):
    """base ** exponent for base >= 0 and whole exponents, to 4 ulp.

    Args:
      base: a Python number or a float64 tensor.
      exponent: an integer tensor, or a step; not negative.
      limit: a Python int that every exponent is below, if there is one.
    """
    if not is_number(base) or base in (0, 1):
        return power(base, exponent)
    if limit is not None:
        return lookup(_powers(base, limit), exponent)
    if is_narrow():
        return power(base, exponent)
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
    return settled(result) if base > 1 else result


def _narrow_power(base, numerator, denominator):
    """A power to float32's accuracy, as an exponential cannot have it.

    A table has the powers after every so many whole numerators; what
    remains to be raised from there is small.
    """
    logarithm = float(_logarithm(base, denominator))
    stride = min(max(int(1 / abs(logarithm)), 1), 2**62) if logarithm else 2**62
    passed, rest, _ = divide(numerator, stride)
    last = math.ceil(_NARROW_RANGE / abs(stride * logarithm or 1.0))
    exponents = np.arange(last + 1) * (stride * logarithm)
    table = np.exp(np.minimum(exponents, 700.0))
    index = tf.cast(integers.minimum(passed, last), tf.int32)
    result = lookup(table, index)
    if stride > 1:
        result *= tf.exp(real(rest) * logarithm)
    return settled(result) if base > 1 else result


def _powers(base, count) -> np.ndarray:
    base, power, powers = decimal.Decimal(repr(base)), decimal.Decimal(1), []
    for _ in range(count):
        powers.append(min(float(power), tf.float64.max))
        power = _CONTEXT.multiply(power, base)
    return np.array(powers)


def _logarithm(base, denominator=1) -> decimal.Decimal:
    """ln(base) / denominator to 50 digits."""
    divisor = exact(denominator)
    logarithm = _CONTEXT.ln(decimal.Decimal(repr(base)))
    logarithm = _CONTEXT.multiply(logarithm, divisor.denominator)
    return _CONTEXT.divide(logarithm, divisor.numerator)
