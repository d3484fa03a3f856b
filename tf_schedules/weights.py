"""The variables of a schedule, saved with the weights of a model."""

from typing import final

import tensorflow as tf

from tf_schedules.schedule import Schedule


@final
class ScheduleWeights(tf.keras.layers.Layer):
    """Saves the variables of a schedule with the weights of a model.

    ```
    model.schedule_weights = ScheduleWeights(schedule)
    ```

    Keras saves the variables of layers and optimizers, and so forgets those
    of a schedule in `.weights.h5` files and in BackupAndRestore. As an
    attribute of a model this takes them along. `tf.train.Checkpoint` does not
    need it.

    Args:
      schedule: the schedule of the model's optimizer.
      name: the layer's name; a string or None.

    Raises:
      TypeError: if `schedule` is not a schedule of this package.

    >>> from tf_schedules import Constant
    >>> model = tf.keras.Sequential([tf.keras.layers.Input([1])])
    >>> rate = tf.Variable(0.1)
    >>> model.schedule_weights = ScheduleWeights(Constant(rate))

    Source: the definition.
    """

    def __init__(self, schedule: Schedule, name: str | None = None):
        if not isinstance(schedule, Schedule):
            raise TypeError(
                "schedule must be a schedule of tf_schedules; got "
                f"{schedule!r}. tf_schedules.from_keras makes one of Keras's."
            )
        super().__init__(name=name)
        self.built = True
        # Not for TensorFlow to find twice: checkpoints name the schedule.
        self._variables_of_schedule = lambda: schedule.variables

    def call(self, inputs):
        """The inputs: nothing of a schedule is part of the model."""
        return inputs

    def save_own_variables(self, store):
        """Writes each variable of the schedule, in the schedule's order."""
        for number, variable in enumerate(self._variables_of_schedule()):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store):
        """Assigns what was written.

        Raises:
          ValueError: if there are more or fewer variables.
        """
        variables = self._variables_of_schedule()
        if len(store.keys()) != len(variables):
            raise ValueError(
                f"schedule must have the {len(store.keys())} variables that "
                f"were saved; got {len(variables)}. Make it as it was made."
            )
        for number, variable in enumerate(variables):
            variable.assign(store[str(number)][...])
