"""The step that a formula receives: it carries its arithmetic."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import restarts
from tf_schedules.numerics.arithmetic import optimization_barrier
from tf_schedules.numerics.clock import Clock
from tf_schedules.numerics.curves import Progress
from tf_schedules.numerics.numbers import (
    are_numbers,
    as_fraction,
    as_whole,
    is_number,
    is_whole,
    scaled,
)


class Step(Clock):
    """How many updates there have been, and what a rate is made of.

    Lengths, boundaries and rates are Python numbers or tensors, as
    hyperparameters are read. Where the step and they are whole, integers
    decide, and no boundary is missed however far the run has gone.
    """

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

    def ramp(
        self,
        length: Any,
        start: Any,
        end: Any,
        rate: Any,
        shape: Any = "linear",
    ) -> tf.Tensor:
        """From `start` to `end` for `length` steps, then `rate`."""
        rising = self.progress(length).rise(shape, start, end)
        return tf.where(self.is_before(length), rising, rate)

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
        unit: Fraction,
        peak: Any,
        decay: Any,
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
            same: Callable[[Any], Any] = as_whole
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
