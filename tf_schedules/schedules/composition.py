"""Schedules that put schedules one after another."""

import math
from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import (
    COUNT,
    AnySchedule,
    AnySchedules,
    Count,
    Each,
    Landmarks,
    Name,
    Numbers,
    Ramp,
    Rate,
    Schedule,
    check_geometric,
    check_lengths,
)
from tf_schedules.numerics import is_geometric


@final
class Warmup(Schedule):
    """A ramp to the first rate of a schedule, then that schedule.

    ```
    if step < warmup_steps:
      rate = initial_learning_rate + ramp(step / warmup_steps) * (
          schedule(0) - initial_learning_rate)
    else:
      rate = schedule(step - warmup_steps)
    ```

    The clock of the schedule starts after the ramp, so that there is no jump.
    `ramp(f)` is `f` for linear, `sin(pi * f / 2) ** 2` for cosine, and
    `f ** p` for a number p; the others are those of `WarmupStableDecay`,
    backwards. "geometric" grows by the same factor at each step:

    ```
    f = step / warmup_steps
    rate = initial_learning_rate ** (1 - f) * schedule(0) ** f
    ```

    It is not "exponential", a curve that begins at exactly
    `initial_learning_rate`, 0 included.

    Args:
      schedule: what follows the ramp: a schedule of this package or of Keras,
        or a rate. Its dtype is the schedule's.
      warmup_steps: how many steps the ramp lasts: a whole scalar of at least
        0.
      initial_learning_rate: the rate at step 0: a finite scalar. `Ftrl`, which
        gives NaN at a rate of exactly 0, needs a small one such as 1e-6. A
        ramp that is geometric needs one greater than 0, and so must
        `schedule(0)` be; a variable must stay so.
      shape: the shape of the ramp: "linear", "cosine", "1-sqrt",
        "exponential", "rex", "geometric", or a power greater than 0.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Warmup(ExponentialDecay(1.0, 2, 0.5), warmup_steps=4)
    >>> schedule([0, 1, 4, 6]).numpy().tolist()
    [0.0, 0.25, 1.0, 0.5]

    Source: Goyal et al., Accurate, Large Minibatch SGD,
    https://arxiv.org/abs/1706.02677.
    """

    schedule: AnySchedule
    warmup_steps: Count
    initial_learning_rate: Rate = 0.0
    shape: Ramp = "linear"
    name: Name = "Warmup"

    def _check(self) -> None:
        if is_geometric(self.shape):
            check_geometric("initial_learning_rate", self.initial_learning_rate)
            if tf.executing_eagerly() and not self.schedule.variables:
                check_geometric("schedule(0)", self.schedule(0))

    def _landmarks(self) -> Landmarks:
        schedule, ramp = self._now("schedule", "warmup_steps")
        after = schedule._landmarks()
        return after.lasting(after.length or ramp).shifted(ramp)

    def _formula(
        self, step, schedule, warmup_steps, initial_learning_rate, shape
    ):
        rate = schedule._compute(step.since(warmup_steps))
        target = rate
        if is_geometric(shape):
            # A rate of 0 after the ramp would make its gradients NaN.
            is_ramp = step.is_before(warmup_steps)
            target = tf.where(is_ramp, rate, tf.ones_like(rate))
        return step.ramp(
            warmup_steps, initial_learning_rate, target, rate, shape
        )


@final
class Sequence(Schedule):
    """Schedules one after another, each on a clock of its own.

    ```
    j = sum(boundary <= step for boundary in boundaries)
    rate = schedules[j](step - ([0] + boundaries)[j])
    ```

    Args:
      schedules: a sequence of schedules of this package or of Keras, or of
        rates. The dtype of the first that is no Python number is the
        schedule's.
      boundaries: the steps at which each but the first begins: a sequence of
        whole scalars of at least 0 that rise strictly, one fewer than there
        are schedules.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if the boundaries do not rise or there is not one fewer.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Sequence([1.0, ExponentialDecay(1.0, 2, 0.5)], [4])
    >>> schedule([0, 3, 4, 6]).numpy().tolist()
    [1.0, 1.0, 1.0, 0.5]

    Source: the definition.
    """

    schedules: AnySchedules
    boundaries: Annotated[Numbers, Each(COUNT, at_least=0, ascending=True)]
    name: Name = "Sequence"

    def _check(self) -> None:
        check_lengths(1, boundaries=self.boundaries, schedules=self.schedules)

    def _landmarks(self) -> Landmarks:
        schedules, boundaries = self._now("schedules", "boundaries")
        result = Landmarks.at(*boundaries)
        ends = [*boundaries, math.inf]
        for schedule, start, end in zip(
            schedules, [0, *boundaries], ends, strict=True
        ):
            own = schedule._landmarks()
            own = own.lasting(own.length or start / 3).until(end - start)
            result |= own.shifted(start)
        return result.noted(
            (start, type(schedule).__name__)
            for schedule, start in zip(schedules[1:], boundaries, strict=True)
        )

    def _formula(self, step, schedules, boundaries):
        ends = [*boundaries, None]
        rate = schedules[0]._compute(step.until(ends[0]))
        for schedule, start, end in zip(
            schedules[1:], boundaries, ends[1:], strict=True
        ):
            # Each sees only the steps of its own segment, so that a branch
            # that is not taken cannot spoil a gradient.
            clock = step.until(end).since(start)
            is_earlier = step.is_before(start)
            rate = tf.where(is_earlier, rate, schedule._compute(clock))
        return rate
