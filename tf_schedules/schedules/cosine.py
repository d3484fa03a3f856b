"""Schedules that follow a half cosine."""

from typing import Annotated, final

from tf_schedules.core import (
    AtLeastOne,
    Count,
    Landmarks,
    Name,
    NonNegative,
    Positive,
    Rate,
    Schedule,
    UnitInterval,
    values,
)
from tf_schedules.numerics import HALF_PI, half_cosine


@final
class CosineDecay(Schedule):
    """A half cosine from the peak to `alpha` of it, after an optional ramp.

    ```
    if warmup_target is None:
      peak, t = initial_learning_rate, step
    else:
      peak, t = warmup_target, step - warmup_steps
    if t < 0:
      rate = initial_learning_rate + step / warmup_steps * (
          peak - initial_learning_rate)
    else:
      cosine = (1 + cos(pi * min(t, decay_steps) / decay_steps)) / 2
      rate = peak * ((1 - alpha) * cosine + alpha)
    ```

    A drop-in for `tf.keras.optimizers.schedules.CosineDecay`. `decay_steps`
    does not include `warmup_steps`, and `alpha` is a fraction of the peak.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      decay_steps: how many steps the decay lasts: a scalar greater than 0,
        whole or not.
      alpha: the lowest rate as a fraction of the peak: a scalar from 0 to 1.
      name: the name in the config and of the operations; a string or None.
      warmup_target: the rate at the end of the ramp: a finite scalar, or None
        for no ramp.
      warmup_steps: how many steps the ramp lasts: a whole scalar of at least
        0.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar, or if
        there are `warmup_steps` without a `warmup_target`.

    >>> schedule = CosineDecay(
    ...     0.0, 4, alpha=0.5, warmup_target=1.0, warmup_steps=2)
    >>> schedule([0, 1, 2, 4, 6, 7]).numpy().tolist()
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]

    Source: Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm
    Restarts, https://arxiv.org/abs/1608.03983.
    """

    initial_learning_rate: Rate
    decay_steps: Positive
    alpha: UnitInterval = 0.0
    name: Name = "CosineDecay"
    warmup_target: Rate | None = None
    warmup_steps: Count = 0

    def _check(self) -> None:
        steps = self.warmup_steps
        # A variable may become nonzero, so it needs a target.
        is_there = not values.is_number(steps) or steps > 0
        if self.warmup_target is None and is_there:
            raise ValueError(
                "warmup_target must be a rate where there are warmup_steps; "
                f"got None for {steps!r} steps. Pass the rate to warm up to."
            )

    def _landmarks(self) -> Landmarks:
        ramp, decay = self._now("warmup_steps", "decay_steps")
        return Landmarks.at(ramp, ramp + decay)

    def _formula(
        self,
        step,
        initial_learning_rate,
        decay_steps,
        alpha,
        warmup_target,
        warmup_steps,
    ):
        peak = warmup_target
        if peak is None:
            peak, warmup_steps = initial_learning_rate, 0
        decay = step.since(warmup_steps).progress(decay_steps)
        rate = peak * decay.fall("cosine", 1.0, alpha)
        if warmup_target is None:
            return rate
        return step.ramp(warmup_steps, initial_learning_rate, peak, rate)


@final
class CosineDecayRestarts(Schedule):
    """Half cosines from the peak to `alpha` of it, with warm restarts.

    ```
    start[i] = first_decay_steps * (1 + t_mul + ... + t_mul ** (i - 1))
    i = number of the last cycle with start[i] <= step
    f = (step - start[i]) / (first_decay_steps * t_mul ** i)
    cosine = (1 + cos(pi * f)) / 2
    rate = initial_learning_rate * (
        (1 - alpha) * m_mul ** i * cosine + alpha)
    ```

    A drop-in for `tf.keras.optimizers.schedules.CosineDecayRestarts` that
    restarts on the right step: with Python numbers every restart is at the
    first whole step from `start[i]` on, whatever the length of the run. With
    tensors or variables as `first_decay_steps` or `t_mul`, or with more than
    4096 cycles of growing length before step 2**63, a restart is on its step
    unless `start[i]` is within 6e-14 of it, relatively.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      first_decay_steps: the length of the first cycle in steps: a scalar
        greater than 0, whole or not.
      t_mul: the length of a cycle over that of the one before: a scalar of at
        least 1.
      m_mul: the peak of a cycle over that of the one before: a scalar of at
        least 0.
      alpha: the lowest rate as a fraction of `initial_learning_rate`: a
        scalar from 0 to 1.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = CosineDecayRestarts(0.5, first_decay_steps=2)
    >>> [round(float(schedule(step)), 4) for step in range(7)]
    [0.5, 0.25, 0.5, 0.4268, 0.25, 0.0732, 0.5]

    Source: Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm
    Restarts, https://arxiv.org/abs/1608.03983.
    """

    initial_learning_rate: Rate
    first_decay_steps: Positive
    t_mul: Annotated[
        AtLeastOne, "Pass 1 for equal lengths, 2 to double each time."
    ] = 2.0
    m_mul: Annotated[
        NonNegative, "Pass 1 for equal peaks, 0.5 to halve each one."
    ] = 1.0
    alpha: UnitInterval = 0.0
    name: Name = "SGDRDecay"

    def _landmarks(self) -> Landmarks:
        return Landmarks.cycles(*self._now("first_decay_steps", "t_mul"))

    def _formula(
        self,
        step,
        initial_learning_rate,
        first_decay_steps,
        t_mul,
        m_mul,
        alpha,
    ):
        height = initial_learning_rate * (1 - alpha)
        cycle = step.cycle(
            first_decay_steps, t_mul, HALF_PI, peak=height, decay=m_mul
        )
        floor = initial_learning_rate * alpha
        return cycle.peak * half_cosine(cycle.left) + floor
