"""Schedules that follow a half cosine."""

from typing import final

from tf_schedules import cycles, numerics
from tf_schedules.arguments import (
    at_least_one,
    finite,
    nonnegative,
    positive,
    unit_interval,
)
from tf_schedules.schedule import Schedule


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
    16384 cycles of growing length before step 2**63, a restart is on its step
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

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        super().__init__(name)
        self.initial_learning_rate = finite(
            initial_learning_rate=initial_learning_rate
        )
        self.first_decay_steps = positive(first_decay_steps=first_decay_steps)
        self.t_mul = at_least_one(t_mul=t_mul)
        self.m_mul = nonnegative(m_mul=m_mul)
        self.alpha = unit_interval(alpha=alpha)

    def _formula(
        self,
        step,
        initial_learning_rate,
        first_decay_steps,
        t_mul,
        m_mul,
        alpha,
    ):
        cycle = cycles.cycles(
            step, first_decay_steps, t_mul, unit=numerics.HALF_PI
        )
        amplitude = numerics.whole_power(m_mul, cycle.index, cycle.limit)
        cosine = numerics.half_cosine(cycle.left)
        return initial_learning_rate * (
            (1 - alpha) * amplitude * cosine + alpha
        )
