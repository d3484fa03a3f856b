"""Schedules that rise and fall."""

from itertools import pairwise
from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import (
    Curve,
    Flag,
    Landmarks,
    Name,
    NonNegative,
    OneOf,
    Positive,
    PositiveCount,
    Rate,
    Schedule,
    UnitInterval,
    values,
)
from tf_schedules.numerics import optimization_barrier, where

_MODES = ("triangular", "triangular2", "exp_range")


@final
class OneCycle(Schedule):
    """Up to a peak, then down to next to nothing, in one cycle.

    ```
    first = max_learning_rate / initial_divisor
    last = first / final_divisor
    peak_step = warmup_fraction * total_steps - 1
    last_step = total_steps - 1
    ```

    From `first` at step 0 to the peak at `peak_step`, and to `last` at
    `last_step`; with `three_phase` back to `first` at `2 * peak_step` before.
    The last rate is held.

    Args:
      max_learning_rate: the peak: a finite scalar. Its dtype is the
        schedule's; a Python number means float32.
      total_steps: how many steps there are: a whole scalar of at least 1.
      warmup_fraction: the part of them that rises: a scalar from 0 to 1, and
        to 0.5 with `three_phase`.
      initial_divisor: the peak over the first rate: a scalar greater than 0.
      final_divisor: the first rate over the last: a scalar greater than 0.
      shape: the shape of each phase: a name as in `WarmupStableDecay`, or a
        power greater than 0.
      three_phase: whether to fall as fast as to rise, and then further.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = OneCycle(1.0, 11, 0.5454545454545454, 4.0, shape="linear")
    >>> [round(float(schedule(step)), 4) for step in (0, 5, 10, 99)]
    [0.25, 1.0, 0.0, 0.0]

    Source: Smith & Topin, Super-Convergence,
    https://arxiv.org/abs/1708.07120, with the phases of PyTorch's
    `OneCycleLR`.
    """

    max_learning_rate: Rate
    total_steps: PositiveCount
    warmup_fraction: UnitInterval = 0.3
    initial_divisor: Annotated[Positive, "Pass a divisor such as 25."] = 25.0
    final_divisor: Annotated[Positive, "Pass a divisor such as 1e4."] = 1e4
    shape: Curve = "cosine"
    three_phase: Flag = False
    name: Name = "OneCycle"

    def _check(self) -> None:
        fraction = self.warmup_fraction
        if self.three_phase and values.is_number(fraction) and fraction > 0.5:
            raise ValueError(
                "warmup_fraction must be at most 0.5 with three_phase; got "
                f"{fraction!r}. Rise and fall are of equal length."
            )

    def _landmarks(self) -> Landmarks:
        fraction, total = self._now("warmup_fraction", "total_steps")
        peak = max(fraction * total - 1, 0)
        fall = [2 * peak] if self.three_phase else []
        return Landmarks.at(peak, *fall, total - 1).lasting(total)

    def _formula(
        self,
        step,
        max_learning_rate,
        total_steps,
        warmup_fraction,
        initial_divisor,
        final_divisor,
        shape,
        three_phase,
    ):
        fraction, total = step.exact_or_real(warmup_fraction, total_steps)
        peak_step = step.at_least(0, fraction * total - 1)
        first = max_learning_rate / step.as_real(initial_divisor)
        last = first / step.as_real(final_divisor)
        ends, rates = [peak_step, total - 1], [max_learning_rate, last]
        if three_phase:
            ends.insert(1, 2 * peak_step)
            rates.insert(1, first)
        phase = step.progress(peak_step)
        rate = phase.rise(shape, first, max_learning_rate)
        for (start, end), (high, low) in zip(
            pairwise(ends), pairwise(rates), strict=True
        ):
            phase = step.progress(step.at_least(0, end - start), start)
            falling = phase.fall(shape, high, low)
            rate = tf.where(step.is_before(start), rate, falling)
        return rate


@final
class CyclicalLearningRate(Schedule):
    """Triangles between two rates, of constant or of falling height.

    ```
    c = floor(step / (step_size + step_size_down))
    t = step - c * (step_size + step_size_down)
    if t < step_size:
      height = t / step_size
    else:
      height = 1 - (t - step_size) / step_size_down
    rate = initial_learning_rate + height * scale * (
        maximal_learning_rate - initial_learning_rate)
    ```

    with `scale` 1 for triangular, `2 ** -c` for triangular2 and
    `gamma ** step` for exp_range.

    Args:
      initial_learning_rate: the lower rate: a finite scalar. Its dtype is the
        schedule's; a Python number means float32.
      maximal_learning_rate: the upper rate: a finite scalar.
      step_size: how many steps the rate rises: a whole scalar of at least 1.
      step_size_down: how many steps it falls: a whole scalar of at least 1,
        or None for as many.
      mode: triangular, triangular2 or exp_range.
      gamma: the factor of a step in exp_range: a scalar of at least 0.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = CyclicalLearningRate(0.0, 1.0, 2, mode="triangular2")
    >>> schedule([0, 1, 2, 3, 4, 6]).numpy().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]

    Source: Smith, Cyclical Learning Rates for Training Neural Networks,
    https://arxiv.org/abs/1506.01186.
    """

    initial_learning_rate: Rate
    maximal_learning_rate: Rate
    step_size: PositiveCount
    step_size_down: PositiveCount | None = None
    mode: Annotated[str, OneOf(_MODES)] = "triangular"
    gamma: Annotated[NonNegative, "Pass 0.9999, say; 1 keeps the height."] = 1.0
    name: Name = "CyclicalLearningRate"

    def _landmarks(self) -> Landmarks:
        up, down = self._now("step_size", "step_size_down")
        return Landmarks.at(up).repeated(up + (down or up))

    def _formula(
        self,
        step,
        initial_learning_rate,
        maximal_learning_rate,
        step_size,
        step_size_down,
        mode,
        gamma,
    ):
        down = step_size if step_size_down is None else step_size_down
        step_size, down = step.counts(step_size, down)
        cycle = step.quotient(step_size + down)
        past = step.modulo(step_size + down)
        height = where(
            past.is_before(step_size),
            past.progress(step_size),
            past.progress(down, step_size).backwards(),
        )
        if mode == "triangular":
            return height.rise(
                "linear", initial_learning_rate, maximal_learning_rate
            )
        if mode == "triangular2":
            scale = cycle.whole_power(0.5)
        else:
            scale = step.whole_power(gamma)
        change = maximal_learning_rate - initial_learning_rate
        scaled_height = optimization_barrier(height.elapsed * scale)
        return initial_learning_rate + scaled_height * change
