"""Schedules that decay steadily."""

import math
from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import (
    Finite,
    Flag,
    Landmarks,
    Name,
    NonNegative,
    Positive,
    Rate,
    Schedule,
)


@final
class ExponentialDecay(Schedule):
    """Multiplies the rate by `decay_rate` every `decay_steps`.

    ```
    p = step / decay_steps
    if staircase:
      p = floor(p)
    rate = initial_learning_rate * decay_rate ** p
    ```

    A drop-in for `tf.keras.optimizers.schedules.ExponentialDecay`.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      decay_steps: over how many steps the rate decays once: a scalar greater
        than 0, whole or not.
      decay_rate: the factor of one decay: a scalar of at least 0.
      staircase: whether the rate changes only after every `decay_steps`.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = ExponentialDecay(0.5, decay_steps=2, decay_rate=0.5)
    >>> schedule([0, 2, 4]).numpy().tolist()
    [0.5, 0.25, 0.125]

    Source: `tf.keras.optimizers.schedules.ExponentialDecay`, TensorFlow's
    documentation.
    """

    initial_learning_rate: Rate
    decay_steps: Positive
    decay_rate: Annotated[NonNegative, "Pass 0.9, say; 1 keeps the rate."]
    staircase: Flag = False
    name: Name = "ExponentialDecay"

    def _landmarks(self) -> Landmarks:
        period, rate = self._now("decay_steps", "decay_rate")
        decays = math.log(0.01) / math.log(rate) if 0 < rate < 1 else 10
        stairs = Landmarks.cycles(period) if self.staircase else Landmarks()
        return stairs.lasting(period * decays)

    def _formula(
        self, step, initial_learning_rate, decay_steps, decay_rate, staircase
    ):
        if staircase:
            step, decay_steps = step.quotient(decay_steps), 1
        return initial_learning_rate * step.power(decay_rate, per=decay_steps)


@final
class InverseTimeDecay(Schedule):
    """Divides the rate by 1 plus `decay_rate` for every `decay_steps`.

    ```
    p = step / decay_steps
    if staircase:
      p = floor(p)
    rate = initial_learning_rate / (1 + decay_rate * p)
    ```

    A drop-in for `tf.keras.optimizers.schedules.InverseTimeDecay`.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      decay_steps: how many steps count as 1: a scalar greater than 0, whole
        or not.
      decay_rate: how fast the divisor grows: a scalar of at least 0.
      staircase: whether the rate changes only after every `decay_steps`.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = InverseTimeDecay(0.5, decay_steps=2, decay_rate=1.0)
    >>> schedule([0, 2, 6]).numpy().tolist()
    [0.5, 0.25, 0.125]

    Source: `tf.keras.optimizers.schedules.InverseTimeDecay`, TensorFlow's
    documentation.
    """

    initial_learning_rate: Rate
    decay_steps: Positive
    decay_rate: Annotated[NonNegative, "Pass 0.5, say; 0 keeps the rate."]
    staircase: Flag = False
    name: Name = "InverseTimeDecay"

    def _landmarks(self) -> Landmarks:
        period, rate = self._now("decay_steps", "decay_rate")
        stairs = Landmarks.cycles(period) if self.staircase else Landmarks()
        return stairs.lasting(period * 9 / (rate or 1))

    def _formula(
        self, step, initial_learning_rate, decay_steps, decay_rate, staircase
    ):
        if staircase:
            step, decay_steps = step.quotient(decay_steps), 1
        growth = step.growth(decay_steps, decay_rate)
        return initial_learning_rate / (1.0 + growth)


@final
class PolynomialDecay(Schedule):
    """Falls to `end_learning_rate` as a power of the remaining part.

    ```
    if cycle:
      n = max(1, ceil(step / decay_steps))
      f = step / (decay_steps * n)
    else:
      f = min(step, decay_steps) / decay_steps
    rate = (initial_learning_rate - end_learning_rate) * (1 - f) ** power + (
        end_learning_rate)
    ```

    A drop-in for `tf.keras.optimizers.schedules.PolynomialDecay`. With
    `cycle` the end is reached at every multiple of `decay_steps`.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      decay_steps: how many steps the decay lasts: a scalar greater than 0,
        whole or not.
      end_learning_rate: the rate at the end: a finite scalar.
      power: the power: a scalar of at least 0.
      cycle: whether to start again after `decay_steps`, from a lower rate.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> schedule = PolynomialDecay(0.5, 4, end_learning_rate=0.0, power=2.0)
    >>> schedule([0, 2, 4, 9]).numpy().tolist()
    [0.5, 0.125, 0.0, 0.0]

    Source: `tf.keras.optimizers.schedules.PolynomialDecay`, TensorFlow's
    documentation.
    """

    initial_learning_rate: Rate
    decay_steps: Positive
    end_learning_rate: Rate = 0.0001
    power: Annotated[NonNegative, "Pass 1 for a straight line."] = 1.0
    cycle: Flag = False
    name: Name = "PolynomialDecay"

    def _landmarks(self) -> Landmarks:
        length = self._now("decay_steps")
        return Landmarks.cycles(length) if self.cycle else Landmarks.at(length)

    def _formula(
        self,
        step,
        initial_learning_rate,
        decay_steps,
        end_learning_rate,
        power,
        cycle,
    ):
        progress = step.lengthening_progress if cycle else step.progress
        return progress(decay_steps).fall(
            power, initial_learning_rate, end_learning_rate
        )


@final
class PowerDecay(Schedule):
    """A power of the step, which starts at 1.

    ```
    rate = initial_learning_rate * ((step + offset) / offset) ** power
    ```

    A power of -0.5 is an inverse square root. `1 - PowerDecay(1.0, -0.8)` is
    the decay rate of Adafactor's second moment.

    Args:
      initial_learning_rate: the rate at step 0: a finite scalar. Its dtype is
        the schedule's; a Python number means float32.
      power: the power: a finite scalar; below 0 for a rate that falls.
      offset: the number of the first step: a scalar greater than 0, whole or
        not.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range or not a scalar.

    >>> PowerDecay(0.5, power=-1.0)([0, 1, 3]).numpy().tolist()
    [0.5, 0.25, 0.125]

    Source: Shen et al., Power Scheduler, https://arxiv.org/abs/2408.13359;
    Shazeer & Stern, Adafactor, https://arxiv.org/abs/1804.04235.
    """

    initial_learning_rate: Rate
    power: Annotated[Finite, "Pass a power such as -0.5."]
    offset: Positive = 1
    name: Name = "PowerDecay"

    def _landmarks(self) -> Landmarks:
        power, offset = self._now("power", "offset")
        # To a tenth of the rate, or to ten times as much.
        growth = 10 ** min(1 / abs(power), 3) if power else 10
        return Landmarks().lasting(offset * (growth - 1))

    def _formula(self, step, initial_learning_rate, power, offset):
        base = 1.0 + step.growth(offset)
        return initial_learning_rate * tf.pow(base, step.as_real(power))
