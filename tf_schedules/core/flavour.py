"""The Keras in use: Keras 3 or tf_keras, on the TensorFlow backend only."""

import os
from typing import TYPE_CHECKING, Any

import tensorflow as tf


def keras_schedule_class() -> type:
    """The base class of the learning-rate schedules in `tf.keras`.

    Raises:
      ImportError: if Keras's backend is not tensorflow.
    """
    try:
        backend = tf.keras.backend.backend()
    except ImportError:
        # TensorFlow's message only says that Keras is missing.
        backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
        if backend == "tensorflow":
            raise
    if backend != "tensorflow":
        raise ImportError(
            "Keras's backend must be tensorflow, whose tensors these "
            f"schedules return; got {backend}. Set KERAS_BACKEND=tensorflow."
        )
    return tf.keras.optimizers.schedules.LearningRateSchedule


if TYPE_CHECKING:
    # TensorFlow ships no types, and a base class of unknown type would hide
    # a schedule's arguments from type checkers.
    class KerasModule:
        """A `tf.Module` that is a learning-rate schedule of `tf.keras`."""

        _name: str
        submodules: tuple[Any, ...]
        trainable_variables: tuple[Any, ...]
        variables: tuple[Any, ...]

        def __init__(self, name: str | None = None) -> None: ...

        def _trackable_children(
            self, save_type: str = "checkpoint", **kwargs: Any
        ) -> dict[str, Any]: ...

else:

    class KerasModule(tf.Module, keras_schedule_class()):
        """A `tf.Module` that is a learning-rate schedule of `tf.keras`."""
