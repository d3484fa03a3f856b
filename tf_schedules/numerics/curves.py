"""How far a phase has gone, and the curves that ramps and decays follow.

A curve is a function of a `Progress` to two weights that make 1: what is left
of the start, from exactly 1 to exactly 0, and what there is of the end. Both
come without cancellation, so that a rate is as exact next to 0 as anywhere.
"""

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

import tensorflow as tf

from tf_schedules.numerics.arithmetic import FLOAT64, Arithmetic
from tf_schedules.numerics.numbers import as_fraction, is_number

# Where the exponential curve would end if it were not moved to end at 0.
_EXPONENTIAL_END = 0.1


class Progress(NamedTuple):
    """How far a phase has gone: two parts that make 1, in [0, 1]."""

    elapsed: tf.Tensor
    remaining: tf.Tensor  # small without being a difference
    arithmetic: Arithmetic = FLOAT64

    def backwards(self) -> "Progress":
        """The progress of the same phase towards its start."""
        return Progress(self.remaining, self.elapsed, self.arithmetic)

    def fall(self, shape: Any, start: Any, end: Any) -> tf.Tensor:
        """From `start` down to `end`, whichever is higher.

        Args:
          shape: a name in `RAMPS`, or an exponent: the curve of a power,
            which falls as `remaining ** exponent`.
          start: the rate where the phase begins.
          end: the rate where it ends.
        """
        if is_geometric(shape):
            return _geometric(self, start, end)
        start_weight, end_weight = weights(shape, self)
        return _mix(start, start_weight, end, end_weight)

    def rise(self, shape: Any, start: Any, end: Any) -> tf.Tensor:
        """From `start` up to `end`: the same curve, backwards."""
        if is_geometric(shape):
            return _geometric(self, start, end)
        end_weight, start_weight = weights(shape, self.backwards())
        return _mix(start, start_weight, end, end_weight)


def where(condition: tf.Tensor, a: Progress, b: Progress) -> Progress:
    """One progress where the condition holds, another where it does not."""
    elapsed = tf.where(condition, a.elapsed, b.elapsed)
    remaining = tf.where(condition, a.remaining, b.remaining)
    return Progress(elapsed, remaining, a.arithmetic)


def half_cosine(angle: tf.Tensor) -> tf.Tensor:
    """(1 - cos(2 * angle)) / 2, to full relative precision.

    Falls from 1 to 0 as the angle falls from pi/2 to 0: the square of a sine
    has no cancellation where the rate is small.
    """
    return tf.square(tf.sin(angle))


def _linear(progress: Progress) -> tuple[Any, Any]:
    return progress.remaining, progress.elapsed


def _cosine(progress: Progress) -> tuple[Any, Any]:
    return (
        half_cosine(progress.remaining * (math.pi / 2)),
        half_cosine(progress.elapsed * (math.pi / 2)),
    )


def _one_minus_sqrt(progress: Progress) -> tuple[Any, Any]:
    # Not by tf.sqrt, which has an infinite gradient at 0.
    root = progress.arithmetic.power(progress.elapsed, 0.5)
    return progress.remaining / (1.0 + root), root


def _exponential(progress: Progress) -> tuple[Any, Any]:
    expm1 = progress.arithmetic.expm1
    rate = -math.log(_EXPONENTIAL_END)
    rest = 1.0 - _EXPONENTIAL_END
    start = expm1(progress.remaining * rate) * (_EXPONENTIAL_END / rest)
    end = expm1(progress.elapsed * -rate) * (-1.0 / rest)
    # The smaller one decides, so that they are exact at both ends.
    late = progress.elapsed > 0.5
    return tf.where(late, start, 1.0 - end), tf.where(late, 1.0 - start, end)


def _rex(progress: Progress) -> tuple[Any, Any]:
    elapsed, remaining, _ = progress
    return 2.0 * remaining / (1.0 + remaining), elapsed / (1.0 + remaining)


def _power(exponent: Any, progress: Progress) -> tuple[Any, Any]:
    elapsed, remaining, arithmetic = progress
    if is_number(exponent) and exponent == 1:
        return remaining, elapsed
    if is_number(exponent) and exponent == 2:
        whole = tf.square(remaining)
    else:
        whole = arithmetic.power(remaining, exponent)
    rest = arithmetic.rest_of_power(elapsed, remaining, exponent, whole)
    return whole, rest


CURVES: MappingProxyType[str, Callable[[Progress], tuple[Any, Any]]] = (
    MappingProxyType(
        {
            "linear": _linear,
            "cosine": _cosine,
            "1-sqrt": _one_minus_sqrt,
            "exponential": _exponential,
            "rex": _rex,
        }
    )
)


# A ramp between two rates may also grow by the same factor at each step, which
# no weights of its ends can say.
RAMPS = (*CURVES, "geometric")


def is_geometric(shape: Any) -> bool:
    """Whether a shape is that name, and no power, which may be a tensor."""
    return isinstance(shape, str) and shape == "geometric"


def weights(shape: Any, progress: Progress) -> tuple[Any, Any]:
    """What is left of the start, and what there is of the end."""
    if isinstance(shape, str):
        return CURVES[shape](progress)
    return _power(shape, progress)


def _mix(start: Any, start_weight: Any, end: Any, end_weight: Any) -> tf.Tensor:
    # What is 0 by its argument is left out: it costs, and rounds, nothing.
    if is_number(end) and end == 0:
        return start * start_weight
    if is_number(start) and start == 0:
        return end * end_weight
    return start * start_weight + end * end_weight


def _geometric(progress: Progress, start: Any, end: Any) -> tf.Tensor:
    """start ** remaining * end ** elapsed, from exactly one to the other."""
    real = progress.arithmetic.real

    def towards(first: Any, last: Any, part: tf.Tensor) -> tf.Tensor:
        if is_number(first) and is_number(last):
            ratio = real(as_fraction(last) / as_fraction(first))
        else:
            ratio = real(last) / real(first)
        return first * tf.pow(tf.cast(ratio, part.dtype), part)

    # From the nearer end, where the error of the power is the smaller one.
    late = progress.elapsed > 0.5
    down = towards(end, start, progress.remaining)
    return tf.where(late, down, towards(start, end, progress.elapsed))
