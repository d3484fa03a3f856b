"""Schedules that run another one on a different clock."""

from typing import Annotated, Any, final

from tf_schedules.core import (
    AnySchedule,
    Flag,
    Landmarks,
    Name,
    Positive,
    PositiveCount,
    Schedule,
    Whole,
)


@final
class Shifted(Schedule):
    """A schedule that starts later, or that has begun before.

    ```
    rate = schedule(max(step - steps, 0))
    ```

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      steps: by how many steps to shift it: a whole scalar; before they have
        passed the rate is the first one. A negative number skips its
        beginning.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `steps` is not whole or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Shifted(ExponentialDecay(1.0, 2, 0.5), 10)
    >>> schedule([0, 10, 12]).numpy().tolist()
    [1.0, 1.0, 0.5]

    Source: the definition.
    """

    schedule: AnySchedule
    steps: Annotated[Whole, "Pass 1000, say; -1000 skips the beginning."]
    name: Name = "Shifted"

    def _landmarks(self) -> Landmarks:
        schedule, steps = self._now("schedule", "steps")
        return schedule._landmarks().shifted(steps)

    def _formula(self, step, schedule, steps):
        return schedule._compute(step.since(steps))


@final
class TimeScaled(Schedule):
    """A schedule that runs slower, or faster.

    ```
    s = step * per / factor
    if staircase:
      s = floor(s)
    rate = schedule(s)
    ```

    For a schedule by epochs the factor is the number of steps an epoch. With
    gradient accumulation, where Keras counts micro-batches, it is how many
    are accumulated: with `staircase` the rate then follows the updates. A
    schedule of 450 steps takes 1000 with `factor=1000, per=450`, exactly.

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      factor: how many steps count as one: a scalar greater than 0.
      staircase: whether the rate changes only after every step of `schedule`.
      name: the name in the config and of the operations; a string or None.
      per: how many steps of `schedule` pass in `factor` steps, instead of
        one: a scalar greater than 0. In the config where it is not 1.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = TimeScaled(ExponentialDecay(1.0, 2, 0.5), 100)
    >>> schedule([0, 200, 400]).numpy().tolist()
    [1.0, 0.5, 0.25]

    Source: the definition.
    """

    schedule: AnySchedule
    factor: Positive
    staircase: Flag = False
    name: Name = "TimeScaled"
    per: Positive = 1

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values."""
        config = super().get_config()
        if config["per"] == 1:  # as configs were before there was one
            del config["per"]
        return config

    def _landmarks(self) -> Landmarks:
        schedule, factor, per = self._now("schedule", "factor", "per")
        factor /= per
        slower = schedule._landmarks().slowed(factor)
        if not self.staircase or factor <= 1:
            return slower
        return (slower | Landmarks.cycles(factor)).lasting(slower.length)

    def _formula(self, step, schedule, factor, staircase, per):
        slower = step.quotient if staircase else step.divided
        return schedule._compute(slower(step.ratio(factor, per)))


@final
class Repeated(Schedule):
    """The beginning of a schedule, over and over.

    ```
    rate = schedule(step % period)
    ```

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      period: after how many steps it begins again: a whole scalar of at least
        1.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `period` is out of its range or not a scalar.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Repeated(ExponentialDecay(1.0, 2, 0.5), 4)
    >>> schedule([0, 2, 4, 6]).numpy().tolist()
    [1.0, 0.5, 1.0, 0.5]

    Source: Huang et al., Snapshot Ensembles,
    https://arxiv.org/abs/1704.00109.
    """

    schedule: AnySchedule
    period: PositiveCount
    name: Name = "Repeated"

    def _landmarks(self) -> Landmarks:
        schedule, period = self._now("schedule", "period")
        return schedule._landmarks().repeated(period)

    def _formula(self, step, schedule, period):
        return schedule._compute(step.modulo(period))
