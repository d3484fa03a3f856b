"""Steps on clocks that start, stop and run differently."""

import dataclasses
import math
from typing import Any, TypeVar

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
    are_numbers,
    as_fraction,
    as_whole,
    is_number,
    is_whole,
    scaled,
)

_LAST_REAL_STEP = 2.0**62  # beyond every step, and still an int64
_Clock = TypeVar("_Clock", bound="Clock")


@dataclasses.dataclass(frozen=True)
class Clock:
    """A number of steps on some clock: `count / unit`, not negative."""

    count: tf.Tensor  # int64, or real where the unit is 1
    arithmetic: Arithmetic = FLOAT64
    unit: int = 1  # how many counts are a step
    pace: int = 1  # how many counts pass while the schedule makes a step

    @classmethod
    def of(
        cls: type[_Clock], number: tf.Tensor, arithmetic: Arithmetic
    ) -> _Clock:
        """Any int64 or real number as a step, from 0 to the last one."""
        if number.dtype == tf.int64:
            count = arithmetic.maximum(number, 0)
            if arithmetic.last_step < LAST_STEP:
                count = arithmetic.minimum(count, arithmetic.last_step)
            return cls(count, arithmetic)
        number = tf.where(tf.math.is_nan(number), tf.zeros_like(number), number)
        return cls(tf.clip_by_value(number, 0.0, _LAST_REAL_STEP), arithmetic)

    def _plain(self: _Clock, count: tf.Tensor) -> _Clock:
        """A count that is a number of steps."""
        return type(self)(count, self.arithmetic)

    def _of_real(self: _Clock, count: tf.Tensor) -> _Clock:
        """A real number of counts as a step."""
        if self.unit != 1:
            count = optimization_barrier(count / float(self.unit))
        return self._plain(count)

    def _at(self: _Clock, count: tf.Tensor) -> _Clock:
        """A whole number of counts as a step."""
        return dataclasses.replace(self, count=count)

    @property
    def _is_whole(self) -> bool:
        return bool(self.count.dtype == tf.int64)

    def real(self) -> tf.Tensor:
        """The step as a real tensor."""
        return self.arithmetic.in_steps(self.count, self.unit)

    def floor(self: _Clock) -> _Clock:
        """The last whole step up to it."""
        count = self.count if self.unit == 1 else self.quotient(1).count
        return self._plain(tf.cast(count, tf.int64))

    def as_real(self, value: Any) -> Any:
        """A hyperparameter to calculate with: a float or a real tensor."""
        return self.arithmetic.real(value)

    def ratio(self, a: Any, b: Any) -> Any:
        """One number over another, exactly where both are known."""
        if is_number(b) and b == 1:
            return a
        a, b = self.exact_or_real(a, b)
        return a / b

    def exact_or_real(self, *numbers: Any) -> list[Any]:
        """Numbers to calculate with: all fractions, or all real."""
        same = as_fraction if are_numbers(numbers) else self.as_real
        return [same(number) for number in numbers]

    def at_least(self, least: int, number: Any) -> Any:
        """`number`, or `least` if that is greater."""
        if is_number(number):
            return max(number, least)
        return tf.maximum(self.as_real(number), float(least))

    def since(self: _Clock, start: Any) -> _Clock:
        """How many steps after `start` it is, at least 0."""
        start = scaled(start, self.unit)
        if self._is_whole and is_whole(start):
            passed = self.count - as_whole(start)
            return self._at(self.arithmetic.maximum(passed, 0))
        passed = self.as_real(self.count) - self.as_real(start)
        return self._of_real(tf.maximum(passed, 0.0))

    def until(self: _Clock, end: Any) -> _Clock:
        """The step, or an end, where there is one, once that has come."""
        if end is None:
            return self
        if self._is_whole and is_whole(end):
            end = as_whole(scaled(end, self.unit))
            return self._at(self.arithmetic.minimum(self.count, end))
        return self._plain(tf.minimum(self.real(), self.as_real(end)))

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

    def quotient(self: _Clock, count: Any) -> _Clock:
        """floor(step / count)."""
        quotient = self.divide(count).quotient
        if quotient.dtype.is_floating:
            quotient = tf.minimum(quotient, _LAST_REAL_STEP)
        return self._plain(quotient)

    def modulo(self: _Clock, count: Any) -> _Clock:
        """What is left of it after so many whole counts."""
        rest = self.divide(count).remainder
        return self._at(rest) if rest.dtype.is_integer else self._of_real(rest)

    def divided(self: _Clock, factor: Any) -> _Clock:
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
                return type(self)(
                    count, self.arithmetic, unit, self.pace * each
                )
            whole, past, divisor = self.divide(factor)
            if whole.dtype.is_integer:
                part = self.as_real(past) * (1.0 / divisor)
                return self._plain(self._between(whole, part))
        steps = self.real() / self.as_real(factor)
        # A barrier too; a faster clock may be past what an int64 counts.
        return self._plain(tf.minimum(steps, _LAST_REAL_STEP))

    def _between(self, whole: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
        """whole + part below 2**52; whole only if the part is 0."""
        first = self.as_real(whole)
        # The next float and, below, the one before.
        least = first + first * (1.5 * 2.0**-53)
        least = tf.where(part > 0.0, least, first)
        most = self.as_real(whole + 1) * (1.0 - 2.0**-53)
        return tf.clip_by_value(first + part, least, most)
