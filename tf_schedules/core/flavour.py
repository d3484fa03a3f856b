"""Which Keras it is: Keras 3 or tf_keras, on TensorFlow's backend only."""

import tensorflow as tf


def keras_schedule_class() -> type:
    """The base class of the learning-rate schedules of `tf.keras`.

    Raises:
      ImportError: if Keras's backend is not tensorflow.
    """
    try:
        backend = tf.keras.backend.backend()
    except ImportError as error:
        # Keras's own message would have it that Keras is missing.
        backend = error
    if backend != "tensorflow":
        raise ImportError(
            "Keras's backend must be tensorflow, whose tensors these "
            f"schedules return; got {backend}. Set KERAS_BACKEND=tensorflow."
        )
    return tf.keras.optimizers.schedules.LearningRateSchedule
