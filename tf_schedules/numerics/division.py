"""Dividing steps: in integers wherever that can be, and so exact."""

from fractions import Fraction
from typing import Any, NamedTuple

import tensorflow as tf

from tf_schedules.numerics import integers
from tf_schedules.numerics.numerics import LAST_STEP, real
from tf_schedules.numerics.precision import is_narrow
from tf_schedules.numerics.ticks import (
    INT64_SAFE,
    Ticks,
    count_of_effect,
    exact,
    in_ticks,
    is_number,
    ticks,
    whole_ratio,
)


class Division(NamedTuple):
    """A step over a count: quotient + remainder / divisor."""

    quotient: tf.Tensor  # whole; float64 where int64 could be too narrow
    remainder: tf.Tensor  # from 0 to below the divisor
    divisor: Any  # a Python int or a tensor of the type of the remainder


@in_ticks
def divide(step, count) -> Division:
    """Divides a step by a count greater than 0.

    In integers, and so exact, for whole steps where the count is a Python
    number or an integer tensor; else in float64.

    Raises:
      ValueError: if float32 would have to round.
    """
    if is_number(count):
        count = count_of_effect(count)
        if is_narrow():
            count = min(count, Fraction(INT64_SAFE - 1))
        parts = whole_ratio(count)
        if is_narrow() and not parts:
            raise ValueError(_too_long("a number of so many digits"))
        if parts and (is_narrow() or parts[1] < 2**9 * parts[0]):
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
        if is_narrow():
            return _divide_whole(step, count, 1)
        index = step // count
        return Division(index, step - index * count, count)
    count = real(count)
    index = tf.floor(real(step) / count)
    past = tf.clip_by_value(real(step) - index * count, 0.0, count)
    return Division(index, past, count)


def _divide_whole(step, numerator, denominator) -> Division:
    if denominator == 1 and not is_narrow():
        index = step // numerator
        return Division(index, step - index * numerator, numerator)
    # No further than int64 can count, where the count is small.
    last = LAST_STEP
    if is_number(numerator):
        last = INT64_SAFE * numerator // denominator
    if is_narrow():
        last = min(last, INT64_SAFE)
    if last < LAST_STEP:
        step = integers.minimum(step, last)
    # The estimate may be off by rounding; the remainder corrects it, where
    # products that wrap around have a difference that does not.
    if is_narrow():
        estimate = _narrow_quotient(step, numerator, denominator)
    else:
        each = denominator / real(numerator)
        estimate = tf.cast(real(step) * each, tf.int64)
    past = step * denominator - estimate * numerator
    if is_narrow():
        # Without integer division, which some readers lack.
        rest = tf.math.floormod(past, numerator)
        off = real(past - rest) / real(numerator)
        return Division(
            estimate + tf.cast(tf.round(off), tf.int64), rest, numerator
        )
    off = past // numerator
    return Division(estimate + off, past - off * numerator, numerator)


def _narrow_quotient(step, numerator, denominator):
    """Nearly step * denominator / numerator, and not more.

    A remainder of less than 0 has not the same sign in every reader.
    """

    def below(value):
        return tf.cast(value * (1 - 2.0**-20), tf.int64)

    each = denominator / real(numerator)
    if not is_number(numerator):
        return below(real(step) * each)
    # By digits, of which only the lower one is left to float32.
    digit = 2**16
    high = below(real(step) / digit)
    low = step - high * digit
    whole, rest = divmod(digit * denominator, numerator)
    estimate = below(real(high) * (rest / numerator) + real(low) * each)
    return estimate + high * min(whole, INT64_SAFE)


def quotient(step, count):
    """floor(step / count); exact for whole steps."""
    return divide(step, count).quotient


def modulo(step, count):
    """What is left of a step after so many whole counts, as a step."""
    rest = divide(step, count).remainder
    if not isinstance(step, Ticks):
        return rest
    return step.at(rest) if rest.dtype.is_integer else rest / float(step.unit)


def divided(step, factor):
    """step / factor, as a step.

    Of whole steps and Python numbers exact in ticks, where int64 can count
    them; else rounded so that it is on the right side of all whole numbers.

    Raises:
      ValueError: if float32 would have to round.
    """
    count, unit = ticks(step)
    if count.dtype == tf.int64 and is_number(factor):
        pace = step.pace if isinstance(step, Ticks) else 1
        ratio = exact(factor) * unit
        each = ratio.denominator
        # As far as steps are exact; or as far as what they become.
        most = INT64_SAFE // (2**31 if is_narrow() else 2**53)
        is_far = each * pace <= most
        if not is_narrow():
            is_far |= ratio.numerator <= most
        if is_far and whole_ratio(ratio):
            count = integers.minimum(count, INT64_SAFE // each)
            return Ticks(count * each, ratio.numerator, pace * each)
        if is_narrow() and ratio < INT64_SAFE:
            raise ValueError(_too_long(repr(factor)))
        whole, past, divisor = divide(step, factor)
        if whole.dtype.is_integer:
            return _between(whole, real(past) * (1.0 / divisor))
    return real(step) / real(factor)


def _too_long(number) -> str:
    return (
        f"precision must be 'float64' where steps are divided by {number}: "
        "float32 would have to round. Give it fewer digits, or export in "
        "float64."
    )


def _between(whole, part):
    """whole + part below 2**52: whole only if the part is 0, never the next."""
    first = real(whole)
    # The next float and, below, the one before.
    least = first + first * (1.5 * 2.0**-53)
    least = tf.where(part > 0.0, least, first)
    most = real(whole + 1) * (1.0 - 2.0**-53)
    return tf.clip_by_value(first + part, least, most)
