"""What a step may be: any whole or real number, in any container."""

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import integers
from tf_schedules.numerics.numerics import LAST_STEP
from tf_schedules.numerics.precision import is_narrow, working_dtype
from tf_schedules.numerics.ticks import Ticks

_LAST_FLOAT_STEP = 2.0**62  # beyond every step, and still an int64


def as_step(step) -> tf.Tensor:
    """Any step as an int64 or float64 tensor."""
    if type(step) is int:
        return tf.constant(max(min(step, LAST_STEP), 0), tf.int64)
    if type(step) is float:
        return tf.constant(step, tf.float64)
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
            return tf.cast(step, working_dtype())
    except (TypeError, ValueError) as error:
        raise TypeError(_step_error(step)) from error
    raise TypeError(_step_error(step))


def _step_error(step) -> str:
    if step is None:
        # As optimizers call what is no schedule of their own Keras.
        return (
            "step must be a whole or a real number; got none. An optimizer of "
            "the other Keras than tf.keras calls without it: pass it "
            "tf_schedules.adapter(keras)(schedule), or (tf_keras)."
        )
    return (
        "step must be a whole or a real number, or an array, a tensor or a "
        f"variable of them; got {step!r}. Pass the optimizer's iterations."
    )


def bounded(step: tf.Tensor | Ticks) -> tf.Tensor | Ticks:
    """The step as a formula takes it: not negative, and finite."""
    if isinstance(step, Ticks):
        return step  # made of such a step
    if step.dtype == tf.int64:
        step = integers.maximum(step, 0)
        # Where formulas multiply steps, the products must not wrap around.
        return integers.minimum(step, LAST_STEP // 2) if is_narrow() else step
    step = tf.where(tf.math.is_nan(step), tf.zeros_like(step), step)
    return tf.clip_by_value(step, 0.0, _LAST_FLOAT_STEP)
