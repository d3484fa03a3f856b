"""Schedules to plain configs and back: what the public may call."""

from collections.abc import Mapping
from typing import Any

from tf_schedules.core import registry
from tf_schedules.core.conversion import own_schedule
from tf_schedules.core.schedule import Schedule


def serialize(schedule: Schedule) -> dict[str, Any]:
    """A schedule as a plain config: dicts, lists, strings and numbers.

    It is what `tf.keras.optimizers.schedules.serialize` returns, and can be
    written as JSON or YAML.

    Args:
      schedule: a schedule of this package, or of a subclass of `Schedule`.
        Its variables are written as the numbers that they hold now.

    Returns:
      A dict whose `class_name` and `registered_name` name the class and whose
      `config` is `schedule.get_config()`.

    Raises:
      TypeError: if `schedule` is none of these.
      ValueError: if an argument of it is a symbolic tensor.

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

    Nothing is imported or run for it: the class must be one of this package,
    or a subclass of `Schedule` whose module has been imported. Unlike
    `tf.keras.optimizers.schedules.deserialize` it needs no package in the
    class name and never returns the name instead of a schedule.

    Args:
      serialized: what `serialize` returned, or a mapping by hand with a
        `class_name`, such as `"Warmup"` or `"my_package>MySchedule"`, and a
        `config`, the arguments. Mappings and sequences of any class will do,
        such as OmegaConf's and ml_collections', and so will the configs of
        the six schedules of Keras, which become the classes of this package
        of the same name.

    Returns:
      A new schedule.

    Raises:
      TypeError: if an argument in `config` is missing, unknown or of the
        wrong type.
      ValueError: if an argument is out of its range, the class is not known,
        or `serialized` is of another form.

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
