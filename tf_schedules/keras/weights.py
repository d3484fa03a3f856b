"""Variables of schedules and callbacks, saved with a model's weights."""

from collections.abc import Callable
from typing import Any, final

import tensorflow as tf

from tf_schedules.core import Schedule, deserialize, own_schedule, serialize
from tf_schedules.keras.plateau_state import PlateauState


@final
@tf.keras.utils.register_keras_serializable("tf_schedules")
class ScheduleWeights(tf.keras.layers.Layer):
    """Saves the variables of a schedule with the weights of a model.

    ```
    model.schedule_weights = ScheduleWeights(schedule)
    model.plateau = ScheduleWeights(callback.state)
    ```

    Keras saves the variables of layers and optimizers, but omits those of a
    schedule from `.weights.h5` files and BackupAndRestore. This layer, as an
    attribute of a model, includes them. `tf.train.Checkpoint` does not need
    it. Neither does a `.keras` file, whose schedule holds the values as
    numbers.

    It saves the `state` of a `ReduceOnPlateau` in the same way, so that a
    restored run continues as if there had been no break.

    Args:
      schedule: the schedule of the model's optimizer, or the `state` of a
        `ReduceOnPlateau`.
      name: the layer's name; a string or None.

    Raises:
      TypeError: if `schedule` is neither a schedule of this package nor such
        a state.

    >>> from tf_schedules import Constant
    >>> model = tf.keras.Sequential([tf.keras.layers.Input([1])])
    >>> rate = tf.Variable(0.1)
    >>> model.schedule_weights = ScheduleWeights(Constant(rate))

    Source: the definition.
    """

    def __init__(
        self, schedule: Schedule | PlateauState, name: str | None = None
    ) -> None:
        is_state = isinstance(schedule, PlateauState)
        if not is_state:
            own_schedule("schedule", schedule)
        super().__init__(name=name)
        self.built = True
        if is_state:
            # Adds the state to the model's checkpoints, such as tf_keras's
            # backups; an attribute would also join the model's weights.
            self._track_trackable(schedule, "state")
        # Hidden from TensorFlow: checkpoints already include the schedule.
        self._held: Callable[[], Any] = lambda: schedule
        self._has_numbers = False

    def call(self, inputs: Any) -> Any:
        """The inputs, unchanged: the schedule plays no part in the model."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The name and the schedule's config, which is None for a state."""
        held = self._held()
        is_state = isinstance(held, PlateauState)
        return {
            "schedule": None if is_state else serialize(held),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ScheduleWeights":
        """The layer that a config describes, with numbers for variables."""
        if config["schedule"] is None:
            return cls(PlateauState(), config["name"])
        made = cls(deserialize(config["schedule"]), config["name"])
        made._has_numbers = True
        return made

    def save_own_variables(self, store: Any) -> None:
        """Writes each variable, in the order of the schedule or the state."""
        for number, variable in enumerate(_variables(self._held())):
            # HDF5 has no bfloat16; float32 holds it.
            value = tf.convert_to_tensor(variable)
            is_short = value.dtype == tf.bfloat16
            store[str(number)] = (
                tf.cast(value, tf.float32) if is_short else value
            ).numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assigns the saved values.

        Raises:
          ValueError: if the file has more or fewer variables.
        """
        if self._has_numbers:
            return
        variables = _variables(self._held())
        if len(store.keys()) != len(variables):
            raise ValueError(
                f"the file must have the {len(variables)} variables of the "
                f"schedule; it has {len(store.keys())}. Make the schedule as "
                "it was when saved, or remove the attribute to load a file "
                "that was saved without it."
            )
        for number, variable in enumerate(variables):
            variable.assign(tf.cast(store[str(number)][...], variable.dtype))
        if isinstance(self._held(), PlateauState):
            self._held().mark_restored()


def _variables(held: Schedule | PlateauState) -> list[Any]:
    """All variables, including Keras's own, which TensorFlow cannot see."""
    kind = getattr(tf.keras, "Variable", ())
    arguments = [
        tf.nest.flatten(s._argument(name))
        for s in [held, *held.submodules]
        if isinstance(s, Schedule)
        for name in s._arguments
    ]
    found = [v for values in arguments for v in values if isinstance(v, kind)]
    return [*held.variables, *found]
