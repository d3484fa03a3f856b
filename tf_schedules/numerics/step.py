"""The step that a formula receives: it carries its arithmetic."""

import dataclasses
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import restarts
from tf_schedules.numerics.arithmetic import (
    FLOAT64,
    Arithmetic,
    Division,
    optimization_barrier,
)
from tf_schedules.numerics.curves import Progress
from tf_schedules.numerics.numbers import (
    INT64_SAFE,
    LAST_STEP,
    are_numbers,
    as_fraction,
    as_whole,
    is_number,
    is_whole,
    scaled,
)

_LAST_REAL_STEP = 2.0**62  # beyond every step, and still an int64


@dataclasses.dataclass(frozen=True)
class Step:
    """How many updates there have been: `count / unit`, not negative.

    Lengths, boundaries and rates are Python numbers or tensors, as
    hyperparameters are read. Where the step and they are whole, integers
    decide, and no boundary is missed however far the run has gone.
    """

    count: tf.Tensor  # int64, or real where the unit is 1
    arithmetic: Arithmetic = FLOAT64
    unit: int = 1  # how many counts are a step
    pace: int = 1  # how many counts pass while the schedule makes a step

    @classmethod
    def of(cls, number: tf.Tensor, arithmetic: Arithmetic) -> "Step":
        """Any int64 or real number as a step, from 0 to the last one."""
        if number.dtype == tf.int64:
            count = arithmetic.maximum(number, 0)
            if arithmetic.last_step < LAST_STEP:
                count = arithmetic.minimum(count, arithmetic.last_step)
            return cls(count, arithmetic)
        number = tf.where(tf.math.is_nan(number), tf.zeros_like(number), number)
        return cls(tf.clip_by_value(number, 0.0, _LAST_REAL_STEP), arithmetic)

    def _of_real(self, count: tf.Tensor) -> "Step":
        """A real number of counts as a step."""
        if self.unit != 1:
            count = optimization_barrier(count / float(self.unit))
        return Step(count, self.arithmetic)

    def _at(self, count: tf.Tensor) -> "Step":
        """A whole number of counts as a step."""
        return dataclasses.replace(self, count=count)

    @property
    def _is_whole(self) -> bool:
        return bool(self.count.dtype == tf.int64)

    def real(self) -> tf.Tensor:
        """The step as a real tensor."""
        return self.arithmetic.in_steps(self.count, self.unit)

    def floor(self) -> "Step":
        """The last whole step up to it."""
        count = self.count if self.unit == 1 else self.quotient(1).count
        return Step(tf.cast(count, tf.int64), self.arithmetic)

    def as_real(self, value: Any) -> Any:
        """A hyperparameter to calculate with: a float or a real tensor."""
        return self.arithmetic.real(value)

    def ratio(self, a: Any, b: Any) -> Any:
        """One number over another, exactly where both are known."""
        if is_number(b) and b == 1:
            return a
        if is_number(a) and is_number(b):
            return as_fraction(a) / as_fraction(b)
        return self.as_real(a) / self.as_real(b)

    def since(self, start: Any) -> "Step":
        """How many steps after `start` it is, at least 0."""
        start = scaled(start, self.unit)
        if self._is_whole and is_whole(start):
            passed = self.count - as_whole(start)
            return self._at(self.arithmetic.maximum(passed, 0))
        passed = self.as_real(self.count) - self.as_real(start)
        return self._of_real(tf.maximum(passed, 0.0))

    def until(self, end: Any) -> "Step":
        """The step, or an end, where there is one, once that has come."""
        if end is None:
            return self
        if self._is_whole and is_whole(end):
            end = as_whole(scaled(end, self.unit))
            return self._at(self.arithmetic.minimum(self.count, end))
        return Step(tf.minimum(self.real(), self.as_real(end)), self.arithmetic)

    def is_before(self, boundary: Any) -> tf.Tensor:
        """Whether it is before a boundary."""
        boundary = scaled(boundary, self.unit)
        if self._is_whole and is_number(boundary):
            boundary = math.ceil(as_fraction(boundary))
        if self._is_whole and is_whole(boundary):
            return self.arithmetic.is_less(self.count, as_whole(boundary))
        return self.as_real(self.count) < self.as_real(boundary)

    def divide(self, count: Any) -> Division:
        """How many whole counts have passed, and what is left of it.

        Exact where the step is whole and the count is a Python number or an
        integer tensor.
        """
        return self.arithmetic.divide(self.count, scaled(count, self.unit))

    def quotient(self, count: Any) -> "Step":
        """floor(step / count)."""
        return Step(self.divide(count).quotient, self.arithmetic)

    def modulo(self, count: Any) -> "Step":
        """What is left of it after so many whole counts."""
        rest = self.divide(count).remainder
        return self._at(rest) if rest.dtype.is_integer else self._of_real(rest)

    def divided(self, factor: Any) -> "Step":
        """The step of a clock that is slower by a factor.

        Exact for whole steps and Python numbers, where int64 can count them;
        else rounded so that it is on the right side of all whole numbers.

        Raises:
          ValueError: if an arithmetic of less precision would have to round.
        """
        if self._is_whole and is_number(factor):
            if ratio := self.arithmetic.slowed(factor, self.unit, self.pace):
                unit, each = ratio.as_integer_ratio()
                last = INT64_SAFE // each
                count = self.arithmetic.minimum(self.count, last) * each
                return Step(count, self.arithmetic, unit, self.pace * each)
            whole, past, divisor = self.divide(factor)
            if whole.dtype.is_integer:
                part = self.as_real(past) * (1.0 / divisor)
                return Step(self._between(whole, part), self.arithmetic)
        steps = optimization_barrier(self.real() / self.as_real(factor))
        return Step(steps, self.arithmetic)

    def _between(self, whole: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
        """whole + part below 2**52; whole only if the part is 0."""
        first = self.as_real(whole)
        # The next float and, below, the one before.
        least = first + first * (1.5 * 2.0**-53)
        least = tf.where(part > 0.0, least, first)
        most = self.as_real(whole + 1) * (1.0 - 2.0**-53)
        return tf.clip_by_value(first + part, least, most)

    def progress(self, length: Any, start: Any = 0) -> Progress:
        """How far a phase that begins at `start` has gone; clipped to it."""
        arithmetic, count = self.arithmetic, self.count
        length, start = scaled(length, self.unit), scaled(start, self.unit)
        if is_number(length):
            if length == 0:
                position = self.as_real(count)
                over = tf.ones_like(position), tf.zeros_like(position)
                return Progress(*over, arithmetic)
            length = arithmetic.count_of_effect(length)
            parts = is_number(start) and arithmetic.whole_phase(
                as_fraction(start), length
            )
            if parts:
                return self._exact_progress(*parts)
        elif self._is_whole and is_whole(length) and is_whole(start):
            length = as_whole(length)
            passed = arithmetic.clip(count - as_whole(start), 0, length)
            return self._progress(passed, length)
        passed, length = self.as_real(count), self.as_real(length)
        passed -= self.as_real(start)
        return self._progress(tf.clip_by_value(passed, 0.0, length), length)

    def _exact_progress(self, first: int, whole: int, unit: int) -> Progress:
        """Progress from `first` on for `whole`, in parts of a count."""
        clip = self.arithmetic.clip
        # Clipped first, so that the product stays in range.
        low, high = first // unit, -(-(first + whole) // unit)
        if self._is_whole:
            passed = clip(self.count, low, high) * unit - first
            return self._progress(clip(passed, 0, whole), whole)
        passed = tf.clip_by_value(self.count, float(low), float(high))
        below = tf.floor(passed)
        fraction = (passed - below) * float(unit)
        passed = self.as_real(tf.cast(below, tf.int64) * unit - first)
        passed = tf.clip_by_value(passed + fraction, 0.0, float(whole))
        return self._progress(passed, float(whole))

    def _progress(self, passed: tf.Tensor, whole: Any) -> Progress:
        real = self.as_real
        length = real(whole)
        if is_number(whole):
            # As TensorFlow divides by a constant, but not in all graphs.
            each = 1.0 / length
            parts = real(passed) * each, real(whole - passed) * each
            elapsed, remaining = (tf.minimum(part, 1.0) for part in parts)
            return Progress(elapsed, remaining, self.arithmetic)
        # A phase of no length is over.
        is_phase = length > 0
        length = tf.where(is_phase, length, tf.ones_like(length))
        elapsed = real(passed) / length
        remaining = real(whole - passed) / length
        elapsed = tf.where(is_phase, elapsed, tf.ones_like(elapsed))
        return Progress(elapsed, remaining, self.arithmetic)

    def lengthening_progress(self, length: Any) -> Progress:
        """How far a phase has gone that `length` is added to at its end."""
        real = self.as_real
        passed, past, whole = self.divide(length)
        begun = passed + tf.cast(past > 0, passed.dtype)
        count = self.arithmetic.maximum(begun, 1)
        left = tf.cast(count - passed, past.dtype) * whole - past
        total = real(count) * real(whole)
        elapsed = (real(passed) * real(whole) + real(past)) / total
        return Progress(elapsed, real(left) / total, self.arithmetic)

    def growth(self, length: Any, rate: Any = 1) -> tf.Tensor:
        """rate * step / length, by one factor where it is known."""
        if is_number(length) and is_number(rate):
            ratio = as_fraction(rate) / as_fraction(length)
            return optimization_barrier(self.real() * self.as_real(ratio))
        ratio = self.real() / self.as_real(length)
        return optimization_barrier(rate * ratio)

    def power(self, base: Any, per: Any = 1) -> Any:
        """base ** (step / per) for base >= 0; the number 1 for base 1."""
        return self.arithmetic.power(base, self.count, scaled(per, self.unit))

    def whole_power(self, base: Any) -> Any:
        """base ** step for base >= 0; more exact where steps are whole."""
        return self.arithmetic.whole_power(base, self.count, self.unit)

    def cycle(
        self,
        first: Any,
        ratio: Any,
        unit: Fraction = Fraction(1),
        peak: Any = 1.0,
        decay: Any = 1.0,
    ) -> restarts.Cycle:
        """The cycle of geometrically growing length that holds the step.

        Cycle i starts at `first * (1 + ratio + ... + ratio**(i - 1))` and
        lasts `first * ratio**i`; a start between two whole steps takes effect
        at the later one. With Python numbers the cycle is exact; otherwise it
        starts on its step unless that is within 6e-14 of the start,
        relatively.

        Args:
          first: the length of the first cycle.
          ratio: the length of each over that of the one before.
          unit: what the part that is left of it starts from.
          peak: the peak of the first cycle.
          decay: each peak over the one before.
        """
        first = scaled(first, self.unit)
        return restarts.cycle(
            self.arithmetic,
            self.count,
            self.unit,
            first,
            ratio,
            unit,
            peak,
            decay,
        )

    def counts(self, *counts: Any) -> list[Any]:
        """Numbers of steps that can be added: all whole, or all real."""
        same = as_whole if all(map(is_whole, counts)) else self.as_real
        return [same(count) for count in counts]

    def count_reached(self, starts: Any) -> tf.Tensor:
        """How many of ascending numbers of steps it has reached.

        Args:
          starts: a tuple of hyperparameters, or an int64 vector.
        """
        return self._count(self.arithmetic.is_at_most, starts, math.ceil)

    def count_passed(self, boundaries: tuple[Any, ...]) -> tf.Tensor:
        """How many of ascending numbers of steps are before it."""
        if are_numbers(boundaries) and not self._is_whole:
            # The least number above each; to reach it is to be past the other.
            dtype = self.count.dtype.as_numpy_dtype
            after = np.nextafter(np.array(boundaries, dtype), dtype(np.inf))
            # TensorFlow takes a number below the least normal one for 0.
            tiny = np.finfo(dtype).tiny
            after = np.where(np.abs(after) < tiny, tiny, after)
            return self.count_reached(tuple(after.tolist()))
        return self._count(
            self.arithmetic.is_less, boundaries, lambda b: math.floor(b) + 1
        )

    def _count(
        self,
        compare: Callable[[Any, Any], tf.Tensor],
        starts: Any,
        first: Callable[[Fraction], int],
    ) -> tf.Tensor:
        """How many starts compare so with the step.

        Args:
          compare: the comparison, for tensors.
          starts: as `count_reached` takes them.
          first: the first count that compares so with a number of counts.
        """
        count = self.count
        if isinstance(starts, tuple):
            if are_numbers(starts):
                if self._is_whole:
                    exact = (as_fraction(start) * self.unit for start in starts)
                    starts = [as_whole(first(start)) for start in exact]
                table = np.array(starts, count.dtype.as_numpy_dtype)
                return self.arithmetic.count_reached(count, table)
            same = as_whole
            starts = [scaled(start, self.unit) for start in starts]
            if not (self._is_whole and all(map(is_whole, starts))):
                same, count = self.as_real, self.as_real(count)
            starts = tf.stack([same(start) for start in starts])
        is_counted = compare(starts, tf.expand_dims(count, -1))
        return tf.reduce_sum(tf.cast(is_counted, tf.int32), -1)

    def lookup(self, values: Any, index: tf.Tensor) -> tf.Tensor:
        """The values at some indices, as real tensors.

        Args:
          values: a tuple of hyperparameters, or a vector.
          index: int32.
        """
        if not isinstance(values, tuple):
            return self.arithmetic.lookup(self.as_real(values), index)
        return self._lookup([self.as_real(value) for value in values], index)

    def lookup_count(
        self, counts: tuple[Any, ...], index: tf.Tensor
    ) -> tf.Tensor:
        """The numbers of steps at some indices."""
        return self._lookup(self.counts(*counts), index)

    def _lookup(self, values: list[Any], index: tf.Tensor) -> tf.Tensor:
        table = np.array(values) if are_numbers(values) else tf.stack(values)
        return self.arithmetic.lookup(table, index)
