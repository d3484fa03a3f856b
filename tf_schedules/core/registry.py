"""Schedule classes by name, and the JSON that describes schedules."""

import difflib
import reprlib
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tf_schedules.core import hyperparameter, values

_PACKAGE = "tf_schedules"
# A config that names a Keras package gets our class of the same name.
_KERAS = ("keras", "tf_keras")
_REGISTRY: dict[str, Any] = {}

# Errors show just enough of a value to identify it.
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def register(cls: type) -> None:
    """Registers a class here and with Keras, under its package's name.

    A class that is defined again, as in a notebook, replaces the earlier one.

    Raises:
      ValueError: if it would replace a different class of this package.
    """
    package = cls.__module__.partition(".")[0]
    name = f"{package}>{cls.__name__}"
    known = _REGISTRY.get(name, cls)
    if package == _PACKAGE and _place_of(known) != _place_of(cls):
        raise ValueError(
            f"the name of the class must not be that of {_place_of(known)}; "
            f"got {_place_of(cls)}. Choose another name, or define the class "
            f"outside the package {_PACKAGE}."
        )
    tf.keras.utils.register_keras_serializable(package)(cls)
    _REGISTRY[name] = cls


def _place_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def class_named(name: str) -> Any:
    """This package's class of that name."""
    return _REGISTRY[f"{_PACKAGE}>{name}"]


def to_json(value: Any) -> Any:
    """A schedule or a hyperparameter of any kind as JSON."""
    if hasattr(value, "get_config"):
        return tf.keras.optimizers.schedules.serialize(value)
    if isinstance(value, tuple):
        return [to_json(element) for element in value]
    learnable = hyperparameter.to_json(value)
    return values.plain(value) if learnable is None else learnable


def from_json(value: Any) -> Any:
    """A hyperparameter from JSON, including any schedules inside it."""
    value = _plain(value)
    if isinstance(value, list):
        return [from_json(element) for element in value]
    if hyperparameter.is_json(value):
        return hyperparameter.from_json(value)
    return made(value) if isinstance(value, dict) else value


def made(serialized: Any) -> Any:
    """The schedule that `to_json` described.

    It imports and runs nothing: the class must already be registered.

    Raises:
      ValueError: if `serialized` has another form or names an unknown class.
    """
    serialized = _checked(_plain(serialized))
    name = _registered_name(serialized)
    if not (isinstance(name, str) and name in _REGISTRY):
        raise ValueError(
            "class_name must be one of the registered schedules; got "
            f"{_SHORT.repr(name)}. {_advice(str(name))}"
        )
    return _REGISTRY[name].from_config(serialized["config"])


def _checked(serialized: Any) -> dict[str, Any]:
    if not (
        isinstance(serialized, dict)
        and isinstance(serialized.get("class_name"), str)
        and isinstance(serialized.get("config"), dict)
    ):
        raise ValueError(
            "serialized must be a mapping of class_name to a string and of "
            f"config to a mapping; got {_SHORT.repr(serialized)}. Pass the "
            "result of serialize(), or use Constant(rate) for a number."
        )
    return serialized


def keras_schedule(serialized: Any) -> Any:
    """The schedule of Keras, or of this package, that `to_json` described.

    Raises:
      ValueError: if its class is not registered, or is not a schedule.
    """
    # A config may come from a stranger. Its names are only looked up among the
    # classes that this process registered with Keras; nothing is imported or
    # unpickled. Registered layers and functions may read files or run code from
    # their configs, so only schedules are made: they take numbers, and are
    # called with a step.
    serialized = _plain(serialized)
    name = _registered_name(_checked(serialized))
    cls = tf.keras.utils.get_custom_objects().get(name)
    if name in _REGISTRY or not _is_schedule(cls):
        return made(serialized)
    return cls.from_config(serialized["config"])


def registered_to_json(schedule: Any) -> dict[str, Any]:
    """A schedule that is registered with Keras as JSON.

    Raises:
      ValueError: if it is not registered, so that no config could name it.
    """
    if is_registered(schedule):
        return tf.keras.optimizers.schedules.serialize(schedule)
    raise ValueError(
        "function must be registered with Keras to be in a config; got "
        f"{values.describe(schedule)}. Make it a class that inherits from "
        "tf.keras.optimizers.schedules.LearningRateSchedule, with a "
        "get_config, and decorate it with "
        "@tf.keras.utils.register_keras_serializable('my_package')."
    )


def is_registered(schedule: Any) -> bool:
    """Whether a schedule, of Keras or of this package, has a config."""
    cls = type(schedule)
    known = tf.keras.utils.get_custom_objects()
    is_known = any(value is cls for value in known.values())
    base = tf.keras.optimizers.schedules.LearningRateSchedule
    is_known &= getattr(cls, "get_config", None) is not base.get_config
    return is_known and getattr(schedule, "_has_config", _is_schedule(cls))


def _is_schedule(cls: Any) -> bool:
    base = tf.keras.optimizers.schedules.LearningRateSchedule
    return isinstance(cls, type) and issubclass(cls, base)


def _registered_name(serialized: dict[str, Any]) -> Any:
    """The name that a class would be registered under."""
    if serialized.get("registered_name") is not None:
        return serialized["registered_name"]
    class_name = serialized["class_name"]
    # tf_keras's legacy format stores the registered name as the class name.
    if ">" in class_name:
        return class_name
    package = str(serialized.get("module") or _PACKAGE).partition(".")[0]
    return f"{_PACKAGE if package in _KERAS else package}>{class_name}"


def _advice(name: str) -> str:
    if name in tf.keras.utils.get_custom_objects():
        return (
            f"Keras knows that class, but it does not inherit from {_PACKAGE}."
            "Schedule: call tf.keras.optimizers.schedules.deserialize."
        )
    import_it = "Import the module that defines the class first."
    classes = [key.partition(">")[2] for key in _REGISTRY]
    near = difflib.get_close_matches(name.rpartition(">")[2], classes, n=1)
    if not near:
        return import_it
    keys = [key for key in _REGISTRY if key.endswith(f">{near[0]}")]
    (nearest,) = difflib.get_close_matches(name, keys, n=1, cutoff=0)
    return f"Perhaps {nearest!r} is meant. {import_it}"


def _plain(value: Any) -> Any:
    """Mappings and sequences of any class as dicts and lists, at any depth."""
    if hasattr(value, "keys"):  # some libraries' mappings are not a Mapping
        return {key: _plain(value[key]) for key in value.keys()}  # noqa: SIM118
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(element) for element in value]
    return value
