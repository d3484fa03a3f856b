"""Comparing whole numbers so that every reader gets them right.

Some readers of float32 exports compare int64 in float32 (tf2onnx), or know the
larger one by 32 bits (onnxruntime). They do subtract exactly, and a difference
has the same sign in every type. What is no int64 is compared as usual.
"""

import tensorflow as tf

from tf_schedules.numerics.precision import is_narrow


def is_less(a, b):
    """Whether a < b."""
    return a - b < 0 if _is_exposed(a, b) else a < b


def is_at_most(a, b):
    """Whether a <= b."""
    return a - b <= 0 if _is_exposed(a, b) else a <= b


def maximum(a, b):
    """The larger one."""
    return (
        _unless(is_less(a, b), a, b) if _is_exposed(a, b) else tf.maximum(a, b)
    )


def minimum(a, b):
    """The smaller one."""
    return (
        _unless(is_less(b, a), a, b) if _is_exposed(a, b) else tf.minimum(a, b)
    )


def clip(value, low, high):
    """The value, from low to high."""
    if _is_exposed(value, low):
        return maximum(minimum(value, high), low)
    return tf.clip_by_value(value, low, high)


def _is_exposed(*numbers) -> bool:
    is_int64 = any(getattr(n, "dtype", None) == tf.int64 for n in numbers)
    return is_narrow() and is_int64


def _unless(condition, a, b):
    # Exactly a, and no select, which tf2onnx makes of products as well.
    return a - (a - b) * tf.cast(condition, tf.int64)
