"""Schedules with a ramp of their own."""

import itertools
from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import (
    Count,
    Curve,
    Landmarks,
    Name,
    Positive,
    PositiveCount,
    Rate,
    Schedule,
    rules,
)


@final
class InverseSquareRootDecay(Schedule):
    """A linear ramp, then a decay with the square root of the step.

    ```
    s = timescale or max(warmup_steps, 1)
    t = step + first_step
    if t < warmup_steps:
      rate = learning_rate * t / warmup_steps
    else:
      rate = learning_rate / sqrt(1 + (t - warmup_steps) / s)
    ```

    Args:
      learning_rate: the rate at the end of the ramp: a finite scalar. Its
        dtype is the schedule's; a Python number means float32.
      warmup_steps: how many steps the ramp lasts: a whole scalar of at least
        0.
      timescale: after how many steps more the rate is down by the square root
        of 2: a scalar greater than 0, or None for that of `warmup_steps`.
      first_step: what the first step counts as: a whole scalar of at least 0.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = InverseSquareRootDecay(0.5, warmup_steps=4)
    >>> schedule([0, 2, 4, 16]).numpy().tolist()
    [0.0, 0.25, 0.5, 0.25]

    Source: Vaswani et al., Attention Is All You Need,
    https://arxiv.org/abs/1706.03762; Raffel et al., T5,
    https://arxiv.org/abs/1910.10683.
    """

    learning_rate: Rate
    warmup_steps: Count
    timescale: Positive | None = None
    first_step: Annotated[Count, "Pass 0, or 1 to count from 1."] = 0
    name: Name = "InverseSquareRootDecay"

    @classmethod
    def noam(
        cls,
        model_dim: float,
        warmup_steps: int,
        scale: float = 1.0,
        name: str | None = "Noam",
    ) -> "InverseSquareRootDecay":
        """The rate of the original Transformer.

        ```
        rate = scale * model_dim ** -0.5 * min(
            (step + 1) ** -0.5, (step + 1) * warmup_steps ** -1.5)
        ```

        Args:
          model_dim: the width of the model: a Python number greater than 0.
          warmup_steps: how many steps the ramp lasts: a whole Python number
            of at least 1.
          scale: a factor: a Python number greater than 0.
          name: the name in the config and of the operations.

        Raises:
          TypeError: if an argument is of the wrong type.
          ValueError: if an argument is out of its range.
        """
        rules.POSITIVE.check("model_dim", model_dim, "Pass 512, say.")
        rules.POSITIVE_COUNT.check("warmup_steps", warmup_steps)
        rules.POSITIVE.check("scale", scale, "Pass a factor such as 1.")
        peak = scale / (model_dim * warmup_steps) ** 0.5
        return cls(peak, warmup_steps, first_step=1, name=name)

    def _landmarks(self) -> Landmarks:
        names = "warmup_steps", "timescale", "first_step"
        ramp, scale, first = self._now(*names)
        end = max(ramp - first, 0)
        return Landmarks.at(end).lasting(end + 9 * (scale or max(ramp, 1)))

    def _formula(
        self, step, learning_rate, warmup_steps, timescale, first_step
    ):
        if timescale is None:
            timescale = step.at_least(1, warmup_steps)
        step = step.since(-first_step)
        decays = step.since(warmup_steps).growth(timescale)
        rate = learning_rate * (1.0 / tf.sqrt(1.0 + decays))
        return step.ramp(warmup_steps, 0, learning_rate, rate)


@final
class WarmupStableDecay(Schedule):
    """A linear ramp, a plateau, and a decay to the end.

    ```
    hold = warmup_steps + stable_steps
    f = min(max(step - hold, 0) / decay_steps, 1)
    if step < warmup_steps:
      rate = initial_learning_rate + step / warmup_steps * (
          learning_rate - initial_learning_rate)
    else:
      rate = end_learning_rate + shape(f) * (
          learning_rate - end_learning_rate)
    ```

    with `shape(f)` one of

    ```
    linear       1 - f
    cosine       cos(pi * f / 2) ** 2
    1-sqrt       1 - sqrt(f)
    exponential  (0.1 ** f - 0.1) / 0.9
    rex          (1 - f) / (1 / 2 + (1 - f) / 2)
    ```

    or, for a number p, `(1 - f) ** p`.

    Args:
      learning_rate: the rate of the plateau: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      warmup_steps: how many steps the ramp lasts: a whole scalar of at least
        0.
      stable_steps: how many steps the plateau lasts: a whole scalar of at
        least 0.
      decay_steps: how many steps the decay lasts: a whole scalar of at least
        1.
      initial_learning_rate: the rate at step 0: a finite scalar.
      end_learning_rate: the rate at the end: a finite scalar.
      decay: the shape of the decay: a name, or a power greater than 0.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = WarmupStableDecay(0.5, 2, 2, 4, decay="linear")
    >>> schedule([0, 1, 2, 4, 6, 8]).numpy().tolist()
    [0.0, 0.25, 0.5, 0.5, 0.25, 0.0]

    Source: Hu et al., MiniCPM, https://arxiv.org/abs/2404.06395; Haegele et
    al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training
    Durations, https://arxiv.org/abs/2405.18392; Chen et al., REX,
    https://arxiv.org/abs/2107.04197.
    """

    learning_rate: Rate
    warmup_steps: Count
    stable_steps: Count
    decay_steps: PositiveCount
    initial_learning_rate: Rate = 0.0
    end_learning_rate: Rate = 0.0
    decay: Curve = "1-sqrt"
    name: Name = "WarmupStableDecay"

    def _landmarks(self) -> Landmarks:
        names = "warmup_steps", "stable_steps", "decay_steps"
        return Landmarks.at(*itertools.accumulate(self._now(*names)))

    def _formula(
        self,
        step,
        learning_rate,
        warmup_steps,
        stable_steps,
        decay_steps,
        initial_learning_rate,
        end_learning_rate,
        decay,
    ):
        left = step.since(warmup_steps).progress(decay_steps, stable_steps)
        rate = left.fall(decay, learning_rate, end_learning_rate)
        return step.ramp(
            warmup_steps, initial_learning_rate, learning_rate, rate
        )
