"""How a formula calculates, in float64: integers decide, one cast rounds.

Counts and other hyperparameters are Python numbers (whose shortest decimal is
meant: 1.1 is eleven tenths) or int64 or real tensors. With Python numbers all
that does not depend on the step is worked out exactly while tracing.
"""

import decimal
import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tf_schedules.numerics.numbers import (
    INT64_SAFE,
    LAST_STEP,
    Number,
    as_fraction,
    is_number,
    logarithm,
    whole_ratio,
)

_SHORTEST = Fraction(1, 2**60)  # over within any part of a step


class Division(NamedTuple):
    """A step over a count: quotient + remainder / divisor."""

    quotient: tf.Tensor  # whole; real where int64 could be too narrow
    remainder: tf.Tensor  # from 0 to below the divisor
    divisor: Any  # a Python int or a tensor of the type of the remainder


class Arithmetic:
    """What formulas calculate with; a subclass does without what it lacks."""

    precision = "float64"
    dtype = tf.float64
    # The last step that is told from its neighbours, and the last of all.
    last_exact_step = LAST_STEP
    last_step = LAST_STEP
    # What lengths of restarts, and parts of them, are clipped to.
    least_scale, most_scale = 0.0, math.inf
    # Whether a logarithm tells which restart was the last one.
    estimates_restarts = True

    is_less: Callable[[Any, Any], tf.Tensor] = staticmethod(operator.lt)
    is_at_most: Callable[[Any, Any], tf.Tensor] = staticmethod(operator.le)
    maximum: Callable[[Any, Any], tf.Tensor] = staticmethod(tf.maximum)
    minimum: Callable[[Any, Any], tf.Tensor] = staticmethod(tf.minimum)

    def real(self, value: Any) -> Any:
        """A tensor in the working type; a Python number as a Python float."""
        if is_number(value):
            most = float(self.dtype.max)
            return float(max(min(value, most), -most))
        return tf.cast(value, self.dtype)

    def in_steps(self, count: tf.Tensor, unit: int) -> tf.Tensor:
        """A number of units, of which so many are a step, as real steps."""
        if unit == 1:
            return self.real(count)
        return optimization_barrier(self.real(count) * (1.0 / unit))

    def clip(self, value: Any, low: Any, high: Any) -> tf.Tensor:
        """The value, from low to high."""
        return self.maximum(self.minimum(value, high), low)

    def lookup(self, table: Any, index: tf.Tensor) -> tf.Tensor:
        """table[index], for a table that is an array or a tensor."""
        if index.shape.rank == 0:
            return tf.gather(table, index)
        # The same, half as fast for one index and twice as fast for many.
        return tf.gather_nd(table, tf.expand_dims(index, -1))

    def lookup_all(
        self, columns: Sequence[np.ndarray], index: tf.Tensor
    ) -> list[tf.Tensor]:
        """What `lookup` gives for each column."""
        if index.shape.rank != 0 or len(columns) == 1:
            return [self.lookup(column, index) for column in columns]
        return list(tf.unstack(self.lookup(np.stack(columns, -1), index)))

    def count_reached(self, step: tf.Tensor, starts: np.ndarray) -> tf.Tensor:
        """How many of ascending numbers are at most the step, as int32."""
        starts = starts.astype(step.dtype.as_numpy_dtype)
        if step.shape.rank == 0:
            return self.count_reached_by_one(step, starts)
        # A binary search, with as many numbers as make its halves whole.
        rounds = len(starts).bit_length()
        beyond = np.full(2**rounds - len(starts), starts.dtype.type(LAST_STEP))
        padded = np.concatenate([starts, beyond])
        index = tf.zeros_like(step, tf.int32)
        for half in (2**r for r in reversed(range(rounds))):
            start = self.lookup(padded, index + (half - 1))
            is_right = self.is_at_most(start, step)
            index += half * tf.cast(is_right, tf.int32)
        return tf.minimum(index, len(starts))

    def count_reached_by_one(
        self, step: tf.Tensor, starts: np.ndarray
    ) -> tf.Tensor:
        """What `count_reached` returns for a scalar, however many there are."""
        counted = tf.raw_ops.UpperBound(
            sorted_inputs=starts[np.newaxis], values=tf.reshape(step, [1, 1])
        )
        return tf.reshape(counted, [])

    def count_of_effect(self, count: Number) -> Fraction:
        """A count of steps that calculates as another out of range would."""
        return max(as_fraction(count), _SHORTEST)

    def whole_phase(
        self, start: Fraction, length: Fraction
    ) -> tuple[int, ...] | None:
        """`whole_ratio` of a start and a length."""
        return whole_ratio(start, length)

    def whole_divisor(self, count: Fraction) -> tuple[int, ...] | None:
        """`whole_ratio` of what a step is divided by, if that is exact."""
        parts = whole_ratio(count)
        return parts if parts and parts[1] < 2**9 * parts[0] else None

    def divide(self, step: tf.Tensor, count: Any) -> Division:
        """Divides a step by a count greater than 0.

        In integers, and so exact, for whole steps where the count is a Python
        number or an integer tensor; else in real numbers.

        Raises:
          ValueError: if an arithmetic of less precision would have to round.
        """
        if is_number(count):
            count = self.count_of_effect(count)
            if parts := self.whole_divisor(count):
                if step.dtype == tf.int64:
                    return self.divide_whole(step, *parts)
                # Whole steps give the same as int64; the fraction is added.
                below = tf.floor(step)
                index, past, divisor = self.divide_whole(
                    tf.cast(below, tf.int64), *parts
                )
                past = self.real(past) + (step - below) * float(parts[1])
                over = tf.floor(past / divisor)
                past = tf.maximum(past - over * divisor, 0.0)
                return Division(self.real(index) + over, past, divisor)
        elif step.dtype == tf.int64 and count.dtype.is_integer:
            return self.divide_whole(step, count, 1)
        step, count = self.real(step), self.real(count)
        index = tf.floor(step / count)
        past = tf.clip_by_value(step - index * count, 0.0, count)
        return Division(index, past, count)

    def divide_whole(
        self, step: tf.Tensor, numerator: Any, denominator: int
    ) -> Division:
        """Divides an int64 step by numerator / denominator."""
        if denominator == 1:
            index = step // numerator
            return Division(index, step - index * numerator, numerator)
        # No further than int64 can count, where the count is small.
        last = INT64_SAFE * numerator // denominator
        if last < LAST_STEP:
            step = self.minimum(step, last)
        # The estimate may be off by rounding; the remainder corrects it, where
        # products that wrap around have a difference that does not.
        each = denominator / self.real(numerator)
        estimate = tf.cast(self.real(step) * each, tf.int64)
        past = step * denominator - estimate * numerator
        off = past // numerator
        return Division(estimate + off, past - off * numerator, numerator)

    def slowed(self, factor: Number, unit: int, pace: int) -> Fraction | None:
        """A factor in units, if int64 can count a clock so much slower.

        Args:
          factor: how many steps make one step of that clock.
          unit: how many counts are a step.
          pace: how many counts pass while the schedule makes a step.

        Raises:
          ValueError: if an arithmetic of less precision would have to round.
        """
        ratio = as_fraction(factor) * unit
        # As far as steps are exact; or as far as what they become.
        most = INT64_SAFE // 2**53
        is_far = ratio.denominator * pace <= most or ratio.numerator <= most
        return ratio if is_far and whole_ratio(ratio) else None

    def power(self, base: Any, numerator: Any, denominator: Any = 1) -> Any:
        """base ** (numerator / denominator) for base >= 0, but not infinite.

        A base of 0 gives 1 for exponents up to 0 and 0 after. A base of 1
        gives the number 1, whatever the shape of the exponent.

        The relative error is that of float64's exponent: |log(result)| ulp.
        """
        if is_number(base) and base == 1:
            return 1.0
        numerator = self.real(numerator)
        if not is_number(base):
            base, exponent = self.real(base), numerator / self.real(denominator)
            # Apart from 0 to less than 1, where the gradient would be infinite.
            has_gradient = (base > 0.0) | (exponent >= 1.0)
            result = tf.pow(tf.where(has_gradient, base, 1.0), exponent)
            at_0 = tf.cast(exponent <= 0.0, self.dtype)
            return optimization_barrier(tf.where(has_gradient, result, at_0))
        if base == 0:
            return tf.cast(numerator <= 0, self.dtype)
        if is_number(denominator):
            # Infinity * 0 is NaN.
            end = self.dtype.max / 2
            slope = max(min(float(logarithm(base, denominator)), end), -end)
            result = tf.exp(numerator * slope)
        else:
            exponent = numerator / self.real(denominator)
            result = tf.exp(exponent * float(logarithm(base)))
        return optimization_barrier(result) if base > 1 else result

    def signed_power(self, base: tf.Tensor, exponent: Any) -> tf.Tensor:
        """base ** exponent for any base, with gradients that are finite.

        0 ** 0 is 1, and 0 to a negative power infinite; a negative base has
        only whole powers, and NaN for others.
        """
        is_known = is_number(exponent)
        exponent = self.real(exponent)
        if is_known and exponent in (1.0, 2.0):
            return base if exponent == 1.0 else tf.square(base)
        if is_known and exponent == 0.0:
            return tf.ones_like(base)
        if is_known and exponent >= 1.0:
            return tf.pow(base, exponent)
        # Apart from 0, where the gradient of a power below 1 is infinite.
        # NaN stays NaN; not every reader has NotEqual.
        is_regular = (base > 0.0) | (base < 0.0) | tf.math.is_nan(base)
        if is_known:
            at_0 = tf.pow(tf.zeros([], self.dtype), exponent)
        else:
            is_regular |= exponent >= 1.0
            at_0 = tf.stop_gradient(tf.pow(tf.zeros_like(exponent), exponent))
        base = tf.where(is_regular, base, 1.0)
        is_inverse = is_known and exponent == -1.0
        power = 1.0 / base if is_inverse else tf.pow(base, exponent)
        return tf.where(is_regular, power, at_0)

    def whole_power(self, base: Any, count: tf.Tensor, unit: int = 1) -> Any:
        """base ** (count / unit) for base >= 0 and whole exponents, to 4 ulp.

        Args:
          base: a Python number or a real tensor.
          count: not negative.
          unit: what the count is divided by.
        """
        if not is_number(base) or base in (0, 1):
            return self.power(base, count, unit)
        # What the exponential would magnify must not be rounded: the larger
        # part of the logarithm is exact in a product with every exponent that
        # leaves the result in range.
        slope = logarithm(base)
        mantissa, scale = math.frexp(slope)
        bits = max(min(26, 43 + scale), 1)
        high = math.ldexp(math.floor(math.ldexp(mantissa, bits)), scale - bits)
        low = float(slope - decimal.Decimal(high))
        # Where this ends, the result is 0 or infinite; infinity times 0 is not.
        end = 1500 / abs(float(slope))
        exponent = tf.minimum(self.in_steps(count, unit), end)
        result = tf.exp(exponent * high)
        # Not the product of two exponentials, which XLA would make one again.
        result += result * tf.math.expm1(exponent * low)
        return optimization_barrier(result) if base > 1 else result

    def expm1(self, value: tf.Tensor) -> tf.Tensor:
        """exp(value) - 1."""
        return tf.math.expm1(value)

    def rest_of_power(
        self, elapsed: tf.Tensor, remaining: tf.Tensor, power: Any, whole: Any
    ) -> tf.Tensor:
        """1 - remaining ** power, given `whole`, which is that power."""
        # By whichever logarithm is not a difference; XLA's log1p is poor from
        # 0.29 to 0.42.
        late = elapsed > 0.25
        half = tf.fill(tf.shape(elapsed), tf.constant(0.5, elapsed.dtype))
        log = tf.where(
            late,
            tf.math.log(tf.where(late & (remaining > 0), remaining, half)),
            tf.math.log1p(-tf.where(late, half, elapsed)),
        )
        rest = -tf.math.expm1(log * self.real(power))
        return tf.where(remaining > 0, rest, 1.0 - whole)


FLOAT64 = Arithmetic()


def optimization_barrier(value: Any) -> Any:
    """The value, where the order of operations before and after counts.

    Without this TensorFlow may merge constants and reorder products, not in
    all graphs alike, and a float64 would differ in its last bit.
    """
    return value if is_number(value) else tf.minimum(value, value.dtype.max)
