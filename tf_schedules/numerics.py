"""Exact step arithmetic: integers reduce, float64 computes, nothing rounds twice.

Every function takes a step that is an int64 or a float64 tensor, and
hyperparameters that are Python numbers (whose shortest decimal is meant: 1.1
is eleven tenths) or int64 or float64 tensors. With Python numbers all that
does not depend on the step is worked out exactly while tracing.
"""

import decimal
import functools
import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import tensorflow as tf

# Products of an int64 step with anything smaller may wrap around; their
# difference is then still exact, because it fits in 63 bits itself.
_INT64_SAFE = 2**62
_LAST_STEP = 2**63 - 1
_EXACT_STEPS = 2**53  # later ends may be moved to the last int64
_CONTEXT = decimal.Context(prec=50)
HALF_PI = Fraction("1.57079632679489661923132169163975144209858469968755")
# The longest table of cycle starts. It covers every int64 step for cycle
# lengths that grow by about 0.3 % or more.
_MAX_CYCLES = 2**14
# Up to so many starts it is cheaper to compare one step with them all.
_FEW = 2**8
# How far below its float64 value a cycle start is placed, relatively, where
# there is no exact table: more than the rounding of the formula, so that a
# start on a whole step is not missed.
_START_TOLERANCE = 2.0**-44


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
    if not (is_number(base) and is_number(denominator)):
        return _saturated(tf.pow(real(base), numerator / real(denominator)))
    if base == 0:
        return tf.cast(numerator <= 0, tf.float64)
    logarithm = float(_logarithm(base, denominator))
    result = tf.exp(numerator * logarithm)
    return _saturated(result) if logarithm > 0 else result


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
    exponent = real(exponent)
    result = tf.exp(exponent * high) * tf.exp(exponent * low)
    return _saturated(result) if high > 0 else result


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
        elif parts := _ratio_of_int64(count):
            numerator, denominator = parts
            if denominator == 1:
                return step // numerator
            # The estimate may be off by rounding; the remainder corrects it.
            estimate = tf.cast(real(step) * (denominator / numerator), tf.int64)
            remainder = step * denominator - estimate * numerator
            return estimate + remainder // numerator
    return tf.cast(tf.floor(real(step) / real(count)), step.dtype)


def _ratio_of_int64(count) -> tuple[int, int] | None:
    parts = exact(count).as_integer_ratio()
    return parts if max(parts) < _INT64_SAFE else None


class Cycle(NamedTuple):
    """Where in a sequence of cycles a step is."""

    index: tf.Tensor  # the number of cycles that have passed
    left: tf.Tensor  # float64: what is left, from the unit down to above 0
    limit: int | None = None  # every index is below it, if there is a limit


def periods(step, period, unit=Fraction(1)) -> Cycle:
    """The period of constant length that holds `step`.

    What is left of it is taken from integers where the step is whole and the
    period a Python number or an integer.
    """
    index = quotient(step, period)
    if step.dtype == tf.int64:
        if not is_number(period):
            if period.dtype.is_integer:
                left = real((index + 1) * period - step) / real(period)
                return Cycle(index, left * float(unit))
        elif parts := _ratio_of_int64(period):
            numerator, denominator = parts
            left = (index + 1) * numerator - step * denominator
            return Cycle(index, real(left) * float(unit / numerator))
    left = real(index + 1) - real(step) / real(period)
    return Cycle(index, left * float(unit))


def cycles(step, first, ratio, unit=Fraction(1)) -> Cycle:
    """The cycle of geometrically growing length that holds `step`.

    Cycle i starts at `first * (1 + ratio + ... + ratio**(i - 1))` and lasts
    `first * ratio**i`; a start between two whole steps takes effect at the
    later one. With Python numbers the cycle is exact; otherwise it starts on
    its step unless that is within 6e-14 of the start, relatively.
    """
    if is_number(ratio) and ratio == 1:
        return periods(step, first, unit)
    if is_number(first) and is_number(ratio):
        table = _cycle_table(exact(first), exact(ratio), unit)
        if table is not None:
            return _tabulated_cycle(step, table)
    return _geometric_cycle(step, real(first), real(ratio), float(unit))


class _CycleTable(NamedTuple):
    growth: float  # (ratio - 1) / first
    log_ratio: float
    starts: np.ndarray  # int64: the first whole step of each cycle
    float_starts: np.ndarray  # float64: the least number in each cycle
    lasts: np.ndarray  # int64: the last whole step of each cycle
    rests: np.ndarray  # float64: from that step to the end, in (0, 1]
    scales: np.ndarray  # float64: the unit over the length of each cycle


@functools.lru_cache(maxsize=256)
def _cycle_table(
    first: Fraction, ratio: Fraction, unit: Fraction
) -> _CycleTable | None:
    """Every cycle that an int64 step can fall into; None where too many."""
    # Far beyond every step a length has no effect but overflow.
    limit = Fraction(2**200)
    first, ratio = max(min(first, limit), 1 / limit), min(ratio, limit)
    growth = float((ratio - 1) / first)
    log_ratio = math.log1p(ratio - 1) if ratio < 2 else math.log(ratio)
    if math.log1p(_LAST_STEP * growth) / log_ratio > _MAX_CYCLES:
        return None
    rows = []
    # Sums over one common denominator: a Fraction would look for common
    # factors of ever longer numbers.
    (a, b), (p, q) = first.as_integer_ratio(), ratio.as_integer_ratio()
    start, length, denominator = 0, a, b
    start_step = 0
    while True:
        end = start + length
        end_step = -(-end // denominator)
        last = min(end_step - 1, _LAST_STEP)
        rows.append(
            (
                min(start_step, _LAST_STEP),
                _round_up(start, denominator),
                last,
                (end - last * denominator) / denominator,
                unit.numerator * denominator / (unit.denominator * length),
            )
        )
        if start_step > _LAST_STEP:
            break
        start, length, denominator = end * q, length * p, denominator * q
        start_step = end_step
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return _CycleTable(growth, log_ratio, *columns)


def _round_up(numerator: int, denominator: int) -> float:
    nearest = numerator / denominator
    if Fraction(nearest) * denominator < numerator:
        return math.nextafter(nearest, math.inf)
    return nearest


def _tabulated_cycle(step, table: _CycleTable) -> Cycle:
    whole = step.dtype == tf.int64
    starts = table.starts if whole else table.float_starts
    if step.shape.rank == 0 and len(starts) <= _FEW:
        index = tf.reduce_sum(tf.cast(starts[1:] <= step, tf.int32))
    else:
        index = _cycle_or_next(step, table)
        index -= tf.cast(step < lookup(starts, index), tf.int32)
    if whole and np.all(table.rests[starts < _EXACT_STEPS] == 1):
        ends = np.minimum(table.lasts, _LAST_STEP - 1) + 1
        left = real(lookup(ends, index) - step)
    else:
        lasts = table.lasts.astype(step.dtype.as_numpy_dtype)
        left = real(lookup(lasts, index) - step) + lookup(table.rests, index)
    return Cycle(index, left * lookup(table.scales, index), len(starts))


def _cycle_or_next(step, table: _CycleTable):
    # A logarithm good to half a cycle: float32 is enough, and fast wherever
    # float64 is emulated, unless cycles are shorter than any step.
    dtype = tf.float32 if table.growth < 2.0**60 else tf.float64
    shift = math.exp(table.log_ratio / 2)  # half a cycle
    position = tf.cast(step, dtype) * (table.growth * shift) + shift
    return tf.cast(tf.math.log(position) * (1 / table.log_ratio), tf.int32)


def _geometric_cycle(step, first, ratio, unit: float) -> Cycle:
    # A floor under the logarithm makes a ratio of 1 the limit that it is.
    log_ratio = tf.maximum(tf.math.log(ratio), 1e-30)
    growth = tf.math.expm1(log_ratio)

    def start(cycle):
        return first * (tf.math.expm1(cycle * log_ratio) / growth)

    step = real(step)
    position = tf.math.log1p(step * growth / first) / log_ratio
    index = tf.floor(position + 0.5)
    too_late = step < start(index) * (1.0 - _START_TOLERANCE)
    index -= tf.cast(too_late, tf.float64)
    left = start(index + 1.0) - step
    left /= first * tf.exp(index * log_ratio)
    return Cycle(index, tf.clip_by_value(left, 0.0, 1.0) * unit)
