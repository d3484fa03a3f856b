"""Schedules that rise and fall."""

from typing import Annotated, final

import tensorflow as tf

from tf_schedules.core import values
from tf_schedules.core.fields import (
    Curve,
    Flag,
    Name,
    NonNegative,
    Positive,
    PositiveCount,
    Rate,
    UnitInterval,
)
from tf_schedules.core.rules import OneOf
from tf_schedules.core.schedule import Schedule
from tf_schedules.numerics import division, numerics, powers, shapes, ticks
from tf_schedules.numerics.numerics import Progress

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

    def _check(self):
        fraction = self.warmup_fraction
        if self.three_phase and values.is_number(fraction) and fraction > 0.5:
            raise ValueError(
                "warmup_fraction must be at most 0.5 with three_phase; got "
                f"{fraction!r}. Rise and fall are of equal length."
            )

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
        if numerics.is_number(warmup_fraction) and numerics.is_number(
            total_steps
        ):
            warmup_fraction = numerics.exact(warmup_fraction)
            total_steps = int(total_steps)
        else:
            warmup_fraction = numerics.real(warmup_fraction)
            total_steps = numerics.real(total_steps)
        rise_end = _at_least_0(warmup_fraction * total_steps - 1)
        end = total_steps - 1
        first = max_learning_rate / numerics.real(initial_divisor)
        last = first / numerics.real(final_divisor)

        def phase(move, start, stop, rates):
            length = _at_least_0(stop - start)
            progress = numerics.progress(step, length, start)
            return move(shape, progress, *rates)

        rising = phase(shapes.rise, 0, rise_end, (first, max_learning_rate))
        if three_phase:
            fall_end = 2 * rise_end
            falling = tf.where(
                numerics.is_before(step, fall_end),
                phase(
                    shapes.fall, rise_end, fall_end, (max_learning_rate, first)
                ),
                phase(shapes.fall, fall_end, end, (first, last)),
            )
        else:
            falling = phase(
                shapes.fall, rise_end, end, (max_learning_rate, last)
            )
        return tf.where(numerics.is_before(step, rise_end), rising, falling)


def _at_least_0(count):
    if numerics.is_number(count):
        return max(count, 0)
    return tf.maximum(count, 0.0)


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
        if not numerics.is_whole(step_size) or not numerics.is_whole(down):
            step_size, down = numerics.real(step_size), numerics.real(down)
        elif ticks.ticks(step)[0].dtype == tf.int64:
            step_size, down = map(numerics.as_whole, (step_size, down))
        cycle = division.quotient(step, step_size + down)
        past = division.modulo(step, step_size + down)
        rise = numerics.progress(past, step_size)
        fall = numerics.progress(past, down, step_size)
        is_rising = numerics.is_before(past, step_size)
        height = Progress(
            tf.where(is_rising, rise.elapsed, fall.remaining),
            tf.where(is_rising, rise.remaining, fall.elapsed),
        )
        if mode == "triangular":
            return shapes.rise(
                "linear", height, initial_learning_rate, maximal_learning_rate
            )
        if mode == "triangular2":
            scale = powers.whole_power(0.5, cycle)
        else:
            scale = powers.whole_power(gamma, step)
        change = maximal_learning_rate - initial_learning_rate
        height = numerics.settled(height.elapsed * scale)
        return initial_learning_rate + height * change
