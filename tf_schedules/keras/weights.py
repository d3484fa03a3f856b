"""The variables of a schedule, saved with the weights of a model."""

from typing import Any, final

import tensorflow as tf

from tf_schedules.core.conversion import own_schedule
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.serialization import deserialize, serialize


@final
@tf.keras.utils.register_keras_serializable("tf_schedules")
class ScheduleWeights(tf.keras.layers.Layer):
    """Saves the variables of a schedule with the weights of a model.

    ```
    model.schedule_weights = ScheduleWeights(schedule)
    ```

    Keras saves the variables of layers and optimizers, and so forgets those
    of a schedule in `.weights.h5` files and in BackupAndRestore. As an
    attribute of a model this takes them along. `tf.train.Checkpoint` does not
    need it, nor does a `.keras` file, whose schedule has their values as
    numbers.

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
        own_schedule("schedule", schedule)
        super().__init__(name=name)
        self.built = True
        # Not for TensorFlow to find twice: checkpoints name the schedule.
        self._schedule = lambda: schedule
        self._has_numbers = False

    def call(self, inputs):
        """The inputs: nothing of a schedule is part of the model."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The schedule as a config, and the name."""
        return {"schedule": serialize(self._schedule()), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ScheduleWeights":
        """What `get_config` described; the variables have become numbers."""
        made = cls(deserialize(config["schedule"]), config["name"])
        made._has_numbers = True
        return made

    def save_own_variables(self, store):
        """Writes each variable of the schedule, in the schedule's order."""
        for number, variable in enumerate(_variables(self._schedule())):
            # HDF5 has no bfloat16; float32 holds it.
            value = tf.convert_to_tensor(variable)
            is_short = value.dtype == tf.bfloat16
            store[str(number)] = (
                tf.cast(value, tf.float32) if is_short else value
            ).numpy()

    def load_own_variables(self, store):
        """Assigns what was written.

        Raises:
          ValueError: if there are more or fewer variables.
        """
        if self._has_numbers:
            return
        variables = _variables(self._schedule())
        if len(store.keys()) != len(variables):
            raise ValueError(
                f"the file must have the {len(variables)} variables of the "
                f"schedule; it has {len(store.keys())}. Make the schedule as "
                "it was, or load a file from before it was part of the model "
                "without the attribute."
            )
        for number, variable in enumerate(variables):
            variable.assign(tf.cast(store[str(number)][...], variable.dtype))


def _variables(schedule: Schedule) -> list:
    """Its variables, those of Keras included, which TensorFlow cannot see."""
    kind = getattr(tf.keras, "Variable", ())
    schedules = [schedule, *schedule.submodules]
    arguments = [
        tf.nest.flatten(s._argument(name))
        for s in schedules
        if isinstance(s, Schedule)
        for name in s._arguments
    ]
    found = [v for values in arguments for v in values if isinstance(v, kind)]
    return [*schedule.variables, *found]
