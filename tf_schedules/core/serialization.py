"""The public functions that turn schedules into plain configs and back."""

from collections.abc import Mapping
from typing import Any

from tf_schedules.core import registry
from tf_schedules.core.conversion import own_schedule
from tf_schedules.core.schedule import Schedule


def serialize(schedule: Schedule) -> dict[str, Any]:
    """A schedule as a plain config: dicts, lists, strings and numbers.

    The result equals that of `tf.keras.optimizers.schedules.serialize` and can
    be written as JSON or YAML.

    Args:
      schedule: a schedule of this package, or of a subclass of `Schedule`.
        Variables become the numbers that they hold now.

    Returns:
      A dict whose `class_name` and `registered_name` name the class and whose
      `config` is `schedule.get_config()`.

    Raises:
      TypeError: if `schedule` is neither.
      ValueError: if one of its arguments is a symbolic tensor.

    >>> from tf_schedules import Constant, Warmup
    >>> serialized = serialize(Warmup(Constant(0.5), warmup_steps=4))
    >>> serialized["registered_name"], serialized["config"]["warmup_steps"]
    ('tf_schedules>Warmup', 4)

    Source: `tf.keras.optimizers.schedules.serialize`, TensorFlow's
    documentation.
    """
    return registry.to_json(own_schedule("schedule", schedule))


def deserialize(serialized: Mapping[str, Any]) -> Schedule:
    """The schedule that a plain config describes.

    It imports and runs nothing: the class must belong to this package, or be a
    subclass of `Schedule` whose module is already imported. Unlike
    `tf.keras.optimizers.schedules.deserialize`, it needs no package in the
    class name and never returns the name instead of a schedule.

    Args:
      serialized: the result of `serialize`, or a hand-written mapping with a
        `class_name`, such as `"Warmup"` or `"my_package>MySchedule"`, and a
        `config`, the arguments. Mappings and sequences of any class work,
        such as those of OmegaConf and ml_collections. So do the configs of
        Keras's six schedules, which become this package's classes of the same
        name.

    Returns:
      A new schedule.

    Raises:
      TypeError: if an argument in `config` is missing, unknown or of the
        wrong type.
      ValueError: if an argument is out of range, the class is unknown, or
        `serialized` has another form.

    >>> inner = {"class_name": "Constant", "config": {"learning_rate": 0.5}}
    >>> config = {"schedule": inner, "warmup_steps": 4}
    >>> schedule = deserialize({"class_name": "Warmup", "config": config})
    >>> schedule([0, 1, 4]).numpy().tolist()
    [0.0, 0.125, 0.5]

    Source: `tf.keras.optimizers.schedules.deserialize`, TensorFlow's
    documentation.
    """
    schedule: Schedule = registry.made(serialized)
    return schedule
