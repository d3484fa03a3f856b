"""How a formula calculates for readers that have no float64.

No tensor of the graph is a float64, and no integer is divided. Some of these
readers compare int64 in float32 (tf2onnx), or know the larger one by 32 bits
(onnxruntime). They do subtract exactly, and a difference has the same sign in
every type.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf

from tf_schedules.numerics.arithmetic import (
    FLOAT64,
    Arithmetic,
    Division,
    optimization_barrier,
)
from tf_schedules.numerics.numbers import (
    INT64_SAFE,
    LAST_STEP,
    Number,
    as_fraction,
    is_number,
    logarithm,
    whole_ratio,
)

_LONGEST = Fraction(2**100)  # goes on far beyond, and fits in a float32
# exp(-104) is 0 in float32, and exp(89) is infinite.
_EXPONENTIAL_RANGE = 104


def _is_exposed(*numbers: Any) -> bool:
    return any(getattr(n, "dtype", None) == tf.int64 for n in numbers)


def _is_less(a: Any, b: Any) -> tf.Tensor:
    return a - b < 0 if _is_exposed(a, b) else a < b


def _is_at_most(a: Any, b: Any) -> tf.Tensor:
    return a - b <= 0 if _is_exposed(a, b) else a <= b


def _unless(condition: tf.Tensor, a: Any, b: Any) -> tf.Tensor:
    # Exactly a, and no select, which tf2onnx makes of products as well.
    return a - (a - b) * tf.cast(condition, tf.int64)


def _maximum(a: Any, b: Any) -> tf.Tensor:
    return _unless(a - b < 0, a, b) if _is_exposed(a, b) else tf.maximum(a, b)


def _minimum(a: Any, b: Any) -> tf.Tensor:
    return _unless(b - a < 0, a, b) if _is_exposed(a, b) else tf.minimum(a, b)


class PortableArithmetic(Arithmetic):
    """float32, which holds whole steps only up to 2**24."""

    precision = "float32"
    dtype = tf.float32
    last_exact_step = 2**31 + 1
    # Where formulas multiply steps, the products must not wrap around.
    last_step = LAST_STEP // 2
    # Lengths that float32 cannot hold have the effect of these.
    least_scale, most_scale = 2.0**-100, 2.0**100
    estimates_restarts = False
    is_less = staticmethod(_is_less)
    is_at_most = staticmethod(_is_at_most)
    maximum = staticmethod(_maximum)
    minimum = staticmethod(_minimum)

    def lookup(self, table: Any, index: tf.Tensor) -> tf.Tensor:
        """table[index], by the one operation that every reader has."""
        if getattr(table, "dtype", None) == np.float64:
            end = self.dtype.max
            table = np.clip(table, -end, end).astype(np.float32)
        return tf.gather(table, index)

    def lookup_all(
        self, columns: Sequence[np.ndarray], index: tf.Tensor
    ) -> list[tf.Tensor]:
        """What `lookup` gives for each column."""
        return [self.lookup(column, index) for column in columns]

    def count_reached_by_one(
        self, step: tf.Tensor, starts: np.ndarray
    ) -> tf.Tensor:
        """What `count_reached` returns for a scalar."""
        is_reached = self.is_at_most(starts, step)
        return tf.reduce_sum(tf.cast(is_reached, tf.int32))

    def count_of_effect(self, count: Number) -> Fraction:
        """A count of steps that calculates as another out of range would."""
        return min(super().count_of_effect(count), _LONGEST)

    def whole_phase(
        self, start: Fraction, length: Fraction
    ) -> tuple[int, ...] | None:
        """`whole_ratio` of a start and a length, nearly if need be."""
        parts = whole_ratio(start, length)
        if parts or start + length > INT64_SAFE / 2:
            return parts
        unit = 2 ** max(61 - int(start + length).bit_length(), 0)
        return round(start * unit), max(round(length * unit), 1), unit

    def whole_divisor(self, count: Fraction) -> tuple[int, ...] | None:
        """`whole_ratio` of what a step is divided by."""
        parts = whole_ratio(min(count, Fraction(INT64_SAFE - 1)))
        return parts or _refuse_to_round("a number of so many digits")

    def divide_whole(
        self, step: tf.Tensor, numerator: Any, denominator: int
    ) -> Division:
        """Divides an int64 step by numerator / denominator."""
        last: Any = INT64_SAFE
        if is_number(numerator):
            last = min(last * numerator // denominator, last)
        step = self.minimum(step, last)
        estimate = self._quotient_below(step, numerator, denominator)
        past = step * denominator - estimate * numerator
        rest = tf.math.floormod(past, numerator)
        off = self.real(past - rest) / self.real(numerator)
        quotient = estimate + tf.cast(tf.round(off), tf.int64)
        return Division(quotient, rest, numerator)

    def _quotient_below(
        self, step: tf.Tensor, numerator: Any, denominator: int
    ) -> tf.Tensor:
        """Nearly step * denominator / numerator, and not more.

        A remainder of less than 0 has not the same sign in every reader.
        """

        def below(value: tf.Tensor) -> tf.Tensor:
            return tf.cast(value * (1 - 2.0**-20), tf.int64)

        each = denominator / self.real(numerator)
        if not is_number(numerator):
            return below(self.real(step) * each)
        # By digits: up to the last exact step the errors of both in float32
        # are so small that it holds the correction exactly.
        digit = 2**12
        high = below(self.real(step) / digit)
        low = step - high * digit
        whole, rest = divmod(digit * denominator, numerator)
        estimate = below(
            self.real(high) * (rest / numerator) + self.real(low) * each
        )
        return estimate + high * min(whole, INT64_SAFE)

    def slowed(self, factor: Number, unit: int, pace: int) -> Fraction | None:
        """A factor in units, if int64 can count a clock so much slower."""
        ratio = as_fraction(factor) * unit
        is_far = ratio.denominator * pace <= INT64_SAFE // 2**31
        if is_far and whole_ratio(ratio):
            return ratio
        return None if ratio >= INT64_SAFE else _refuse_to_round(str(factor))

    def power(self, base: Any, numerator: Any, denominator: Any = 1) -> Any:
        """base ** (numerator / denominator), to float32's accuracy.

        An exponential cannot have it for whole numerators. A table has the
        powers after every so many; what remains to be raised is small.
        """
        is_known = is_number(base) and base not in (0, 1)
        if not (
            is_known and is_number(denominator) and numerator.dtype.is_integer
        ):
            return super().power(base, numerator, denominator)
        slope = float(logarithm(base, denominator))
        stride = min(max(int(1 / abs(slope)), 1), 2**62) if slope else 2**62
        passed, rest, _ = self.divide(numerator, stride)
        last = math.ceil(_EXPONENTIAL_RANGE / abs(stride * slope or 1.0))
        exponents = np.arange(last + 1) * (stride * slope)
        table = np.exp(np.minimum(exponents, 700.0))
        index = tf.cast(self.minimum(passed, last), tf.int32)
        result = self.lookup(table, index)
        if stride > 1:
            result *= tf.exp(self.real(rest) * slope)
        return optimization_barrier(result) if base > 1 else result

    def whole_power(self, base: Any, count: tf.Tensor, unit: int = 1) -> Any:
        """base ** (count / unit)."""
        return self.power(base, count, unit)

    def expm1(self, value: tf.Tensor) -> tf.Tensor:
        """exp(value) - 1, by operations that every reader has."""
        return tf.exp(value) - 1.0

    def rest_of_power(
        self, elapsed: tf.Tensor, remaining: tf.Tensor, power: Any, whole: Any
    ) -> tf.Tensor:
        """1 - whole."""
        return 1.0 - whole


PRECISIONS = MappingProxyType(
    {"float64": FLOAT64, "float32": PortableArithmetic()}
)


def _refuse_to_round(number: str) -> NoReturn:
    raise ValueError(
        f"precision must be 'float64' where steps are divided by {number}: "
        "float32 would have to round. Give it fewer digits, or calculate in "
        "float64."
    )
