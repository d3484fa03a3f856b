"""Schedules to JSON and back, by a registry of their classes."""

from typing import Any

import tensorflow as tf

from tf_schedules.core import hyperparameter, values

_REGISTRY: dict[str, type] = {}


def register(cls: type):
    """Makes a class known to Keras and here, under its package's name."""
    package = cls.__module__.partition(".")[0]
    tf.keras.utils.register_keras_serializable(package)(cls)
    _REGISTRY[f"{package}>{cls.__name__}"] = cls


def class_named(name: str) -> type:
    """The class of this package of that name."""
    return _REGISTRY[f"tf_schedules>{name}"]


def serialize(schedule) -> dict[str, Any]:
    """A schedule as JSON: what Keras's `serialize` gives for it."""
    return tf.keras.optimizers.schedules.serialize(schedule)


def deserialize(serialized: dict[str, Any]) -> Any:
    """A schedule from JSON: ours, or Keras's of a class that we have too.

    Nothing is imported or run for it: the class must be one that is defined.

    Raises:
      ValueError: if `serialized` is not of this form or names no such class.
    """
    if not (
        isinstance(serialized, dict)
        and isinstance(serialized.get("class_name"), str)
        and isinstance(serialized.get("config"), dict)
    ):
        raise ValueError(
            "a serialized schedule must be a dict with the keys class_name "
            f"and config; got {serialized!r}. Use serialize() to make one."
        )
    class_name = serialized["class_name"]
    name = serialized.get("registered_name") or f"tf_schedules>{class_name}"
    if not (isinstance(name, str) and name in _REGISTRY):
        raise ValueError(
            f"class_name must be one of {', '.join(sorted(_REGISTRY))}; got "
            f"{name!r}. Import the module that defines it first."
        )
    return _REGISTRY[name].from_config(serialized["config"])


def to_json(value):
    """A hyperparameter as JSON: nested schedules serialized."""
    if type(value) in _REGISTRY.values():
        return serialize(value)
    if isinstance(value, tuple):
        return [to_json(element) for element in value]
    learnable = hyperparameter.to_json(value)
    return values.plain(value) if learnable is None else learnable


def from_json(value):
    """A hyperparameter from JSON, nested schedules being made again."""
    if isinstance(value, list):
        return [from_json(element) for element in value]
    if hyperparameter.is_json(value):
        return hyperparameter.from_json(value)
    if isinstance(value, dict):
        return deserialize(value)
    return value
