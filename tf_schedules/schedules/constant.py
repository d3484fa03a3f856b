"""The schedule that schedules of schedules need for a plain number."""

from typing import final

from tf_schedules.core import Name, Rate, Schedule


@final
class Constant(Schedule):
    """The same rate at every step.

    ```
    rate = learning_rate
    ```

    Args:
      learning_rate: the rate: a finite scalar. Its dtype is the schedule's; a
        Python number means float32.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `learning_rate` is not finite or not a scalar.

    >>> Constant(0.5)([0, 1000]).numpy().tolist()
    [0.5, 0.5]

    Source: the definition.
    """

    learning_rate: Rate
    name: Name = "Constant"

    def _formula(self, step, learning_rate):
        return learning_rate
