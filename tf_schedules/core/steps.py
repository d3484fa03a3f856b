"""Conversion of steps: any whole or real number, in any container."""

from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import LAST_STEP


def as_step(step: Any, dtype: tf.DType) -> tf.Tensor:
    """Any step as an int64 tensor, or as a real tensor of `dtype`."""
    if type(step) is int:
        return tf.constant(max(min(step, LAST_STEP), 0), tf.int64)
    if type(step) is float:
        return tf.constant(step, dtype)
    if step is None:
        raise TypeError(_step_error(step))
    try:
        if isinstance(step, list | tuple):
            step = np.asarray(step)  # TensorFlow would make it float32
        step = tf.convert_to_tensor(step)
        if step.dtype == tf.uint64:
            step = tf.minimum(step, tf.constant(LAST_STEP, tf.uint64))
        if step.dtype.is_integer:
            return tf.cast(step, tf.int64)
        if step.dtype.is_floating:
            return tf.cast(step, dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(_step_error(step)) from error
    raise TypeError(_step_error(step))


def _step_error(step: Any) -> str:
    if step is None:
        # Optimizers call without a step if the other Keras made the schedule.
        return (
            "step must be a whole or a real number; got none. Optimizers from "
            "a Keras other than tf.keras pass no step: give them "
            "tf_schedules.adapter(keras)(schedule), or adapter(tf_keras)."
        )
    return (
        "step must be a whole or a real number, or an array, a tensor or a "
        f"variable of them; got {step!r}. Pass the optimizer's iterations."
    )
