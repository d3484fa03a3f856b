"""Schedules that decay steadily."""

from typing import final

from tf_schedules import numerics
from tf_schedules.arguments import finite, flag, nonnegative, positive
from tf_schedules.schedule import Schedule


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

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        super().__init__(name)
        self.initial_learning_rate = finite(
            initial_learning_rate=initial_learning_rate
        )
        self.decay_steps = positive(decay_steps=decay_steps)
        self.decay_rate = nonnegative(decay_rate=decay_rate)
        self.staircase = flag(staircase=staircase)

    def _formula(
        self, step, initial_learning_rate, decay_steps, decay_rate, staircase
    ):
        if staircase:
            step, decay_steps = numerics.quotient(step, decay_steps), 1
        factor = numerics.power(decay_rate, step, decay_steps)
        return initial_learning_rate * factor
