"""Schedules for the optimizers of the Keras that `tf.keras` is not."""

import functools
import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import tensorflow as tf

from tf_schedules.core import (
    Schedule,
    as_schedule,
    describe,
    deserialize,
    serialize,
)

_KERAS = ("keras", "tf_keras")


def adapter(keras: ModuleType) -> type:
    """The class that adapts schedules to one Keras or the other.

    An optimizer takes only schedules of its own Keras, and the schedules of
    this package belong to the Keras that `tf.keras` is. Call this before you
    load a model that was saved with an adapted schedule: it registers the
    class.

    Args:
      keras: the module `keras` (Keras 3) or `tf_keras`.

    Returns:
      A learning-rate schedule class of that Keras. It takes one argument, a
      schedule of this package, and gives the same rates.

    Raises:
      TypeError: if `keras` is another module.

    >>> import tf_keras
    >>> from tf_schedules import ExponentialDecay
    >>> schedule = adapter(tf_keras)(ExponentialDecay(1.0, 2, 0.5))
    >>> optimizer = tf_keras.optimizers.SGD(schedule)
    >>> float(optimizer.learning_rate)
    1.0

    Source: the definition of `LearningRateSchedule` in each Keras.
    """
    name = getattr(keras, "__name__", None)
    if name not in _KERAS:
        raise TypeError(
            f"keras must be the module keras or tf_keras; got "
            f"{describe(keras)}. Import one of them and pass it."
        )
    return _adapted_class(name)


class AdaptedSchedule(tf.Module):
    """The common base of both adapted classes."""

    def __init__(self, schedule: Any) -> None:
        super().__init__()
        self.schedule = as_schedule("schedule", schedule)

    def __call__(self, step: Any) -> tf.Tensor:
        """The rate at a step."""
        return self.schedule(step)

    def get_config(self) -> dict[str, Any]:
        """The serialized schedule."""
        return {"schedule": serialize(self.schedule)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "AdaptedSchedule":
        """The schedule that a config describes."""
        return cls(deserialize(config["schedule"]))


@functools.cache
def _adapted_class(keras_name: str) -> type:
    keras: Any = importlib.import_module(keras_name)

    @keras.utils.register_keras_serializable("tf_schedules")
    class Adapted(
        AdaptedSchedule, keras.optimizers.schedules.LearningRateSchedule
    ):
        def __reduce__(self) -> tuple[Any, ...]:
            return _adapt, (keras_name, self.schedule)

    return Adapted


def _adapt(keras_name: str, schedule: Schedule) -> AdaptedSchedule:
    return _adapted_class(keras_name)(schedule)
