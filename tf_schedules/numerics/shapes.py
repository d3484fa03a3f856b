"""The shapes of ramps and decays, as one table.

A shape is a function of a `Progress` to two weights that make 1: what is left
of the start, from exactly 1 to exactly 0, and what there is of the end. Both
come without cancellation, so that a rate is as exact next to 0 as anywhere.
"""

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import tensorflow as tf

from tf_schedules.numerics import numerics, powers
from tf_schedules.numerics.numerics import Progress
from tf_schedules.numerics.precision import is_narrow

# Where the exponential shape would end if it were not moved to end at 0.
_EXPONENTIAL_END = 0.1


def _linear(progress):
    return progress.remaining, progress.elapsed


def _cosine(progress):
    return (
        numerics.half_cosine(progress.remaining * (math.pi / 2)),
        numerics.half_cosine(progress.elapsed * (math.pi / 2)),
    )


def _one_minus_sqrt(progress):
    root = power_of_part(progress.elapsed, 0.5)
    return progress.remaining / (1.0 + root), root


def _exponential(progress):
    rate = -math.log(_EXPONENTIAL_END)
    rest = 1.0 - _EXPONENTIAL_END
    start = numerics.expm1(progress.remaining * rate) * (
        _EXPONENTIAL_END / rest
    )
    end = numerics.expm1(progress.elapsed * -rate) * (-1.0 / rest)
    # The smaller one decides, so that they are exact at both ends.
    late = progress.elapsed > 0.5
    return tf.where(late, start, 1.0 - end), tf.where(late, 1.0 - start, end)


SHAPES: MappingProxyType[str, Callable[[Progress], tuple[Any, Any]]] = (
    MappingProxyType(
        {
            "linear": _linear,
            "cosine": _cosine,
            "1-sqrt": _one_minus_sqrt,
            "exponential": _exponential,
        }
    )
)


def power_of_part(part, exponent):
    """part ** exponent for a part in [0, 1], with finite gradients at 0."""
    if numerics.is_number(exponent) and exponent in (1, 2):
        return part if exponent == 1 else tf.square(part)
    return powers.power(part, exponent)


def _power(exponent, progress):
    if numerics.is_number(exponent) and exponent == 1:
        return _linear(progress)
    elapsed, remaining = progress
    whole = power_of_part(remaining, exponent)
    if is_narrow():
        return whole, 1.0 - whole
    # 1 - remaining ** exponent, by whichever logarithm is not a difference;
    # XLA's log1p is poor from 0.29 to 0.42.
    late = elapsed > 0.25
    half = tf.fill(tf.shape(elapsed), tf.constant(0.5, elapsed.dtype))
    logarithm = tf.where(
        late,
        tf.math.log(tf.where(late & (remaining > 0), remaining, half)),
        tf.math.log1p(-tf.where(late, half, elapsed)),
    )
    rest = -tf.math.expm1(logarithm * numerics.real(exponent))
    return whole, tf.where(remaining > 0, rest, 1.0 - whole)


def weights(shape, progress: Progress):
    """What is left of the start, and what there is of the end.

    Args:
      shape: a name in `SHAPES`, or an exponent: the power shape, which falls
        as `remaining ** exponent`.
      progress: how far the phase has gone.
    """
    if isinstance(shape, str):
        return SHAPES[shape](progress)
    return _power(shape, progress)


def fall(shape, progress: Progress, start, end):
    """From `start` down to `end`, whichever is higher, as the shape says."""
    start_weight, end_weight = weights(shape, progress)
    return _mix(start, start_weight, end, end_weight)


def rise(shape, progress: Progress, start, end):
    """From `start` up to `end`: the same shape, backwards."""
    backwards = Progress(progress.remaining, progress.elapsed)
    end_weight, start_weight = weights(shape, backwards)
    return _mix(start, start_weight, end, end_weight)


def _mix(start, start_weight, end, end_weight):
    # What is 0 by its argument is left out: it costs, and rounds, nothing.
    if numerics.is_number(end) and end == 0:
        return start * start_weight
    if numerics.is_number(start) and start == 0:
        return end * end_weight
    return start * start_weight + end * end_weight
