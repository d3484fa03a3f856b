"""The floating type that formulas are traced in.

float64, but for what is exported with `precision="float32"`: then no tensor
of the graph is a float64.
"""

import contextlib
import contextvars
from collections.abc import Iterator

import tensorflow as tf

_DTYPE = contextvars.ContextVar("working_dtype", default=tf.float64)


def working_dtype() -> tf.DType:
    """The floating type of the formula that is being traced."""
    return _DTYPE.get()


def is_narrow() -> bool:
    """Whether it is float32, which holds whole steps only up to 2**24."""
    return working_dtype() != tf.float64


@contextlib.contextmanager
def working_in(dtype: tf.DType) -> Iterator[None]:
    """Has what is traced inside calculate in another type."""
    token = _DTYPE.set(dtype)
    try:
        yield
    finally:
        _DTYPE.reset(token)
