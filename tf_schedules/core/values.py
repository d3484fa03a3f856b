"""What a hyperparameter is: a number, a tensor or a variable, and its dtype."""

from typing import Any, Protocol, TypeGuard

import numpy as np
import tensorflow as tf

DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


class TensorLike(Protocol):
    """A tensor, a variable, or a NumPy scalar or array, to type checkers."""

    @property
    def dtype(self) -> Any:
        """The dtype."""

    @property
    def shape(self) -> Any:
        """The shape."""


def is_tensor(value: object) -> bool:
    """Whether `value` is a tensor, a variable or stands for one."""
    if is_numpy(value) or callable(value):
        return False
    return tf.is_tensor(value) or hasattr(value, "dtype")


def is_numpy(value: object) -> bool:
    """Whether `value` is a NumPy scalar or array, bfloat16 included."""
    return isinstance(value, np.generic | np.ndarray)


def is_number(value: object) -> TypeGuard[float]:
    """Whether `value` is a Python number."""
    return isinstance(value, int | float)


def is_known(value: object) -> bool:
    """Whether a number is there now and cannot change."""
    if is_tensor(value):
        return isinstance(value, tf.Tensor) and hasattr(value, "numpy")
    return True


def is_vector(value: Any) -> bool:
    """Whether `value` is a tensor or a variable that stands for a sequence."""
    if not is_tensor(value):
        return False
    shape = tf.TensorShape(value.shape)
    return shape.rank == 1 and shape.is_fully_defined()


def length(values: Any) -> int:
    """How many values a sequence or a vector has."""
    if isinstance(values, tuple | list):
        return len(values)
    return int(values.shape[0])


def plain(value: Any) -> Any:
    """The Python value of a hyperparameter, as JSON can hold it."""
    value = constant(value)
    return value.tolist() if is_numpy(value) else value


def constant(value: Any) -> Any:
    """A hyperparameter as it is now; a tensor or a variable as NumPy."""
    if not is_tensor(value):
        return value
    # A tensor as it is: within a function it would become a symbolic one.
    is_there = isinstance(value, tf.Tensor)
    tensor = value if is_there else tf.convert_to_tensor(value)
    if not hasattr(tensor, "numpy"):
        raise ValueError(
            f"{value} is symbolic and has no value yet, so it cannot be "
            "part of a config; ask for the config outside of functions."
        )
    return tensor.numpy()


def read(value: Any, dtype: tf.DType) -> Any:
    """A hyperparameter as a formula takes it: what it is now.

    Tensors and variables, read once, as int64 or in a real dtype; NumPy as
    Python numbers; sequences and vectors as tuples of these; the rest as it
    is.
    """
    if isinstance(value, tuple):
        return tuple(read(element, dtype) for element in value)
    if is_tensor(value):
        value = tf.convert_to_tensor(value)
        whole = value.dtype.is_integer
        value = tf.cast(value, tf.int64 if whole else dtype)
        return tuple(tf.unstack(value)) if value.shape.rank == 1 else value
    return value.item() if is_numpy(value) else value


def dtype_of(value: Any) -> tf.DType:
    """The dtype that a rate, or a schedule, gives its schedule.

    Several give that of the first which is not float32, as what is made of
    Python numbers is.
    """
    if isinstance(value, tuple):
        others = (d for d in map(dtype_of, value) if d != tf.float32)
        return next(others, tf.float32)
    dtype = getattr(value, "dtype", None)
    if dtype is None or (is_numpy(value) and tf.as_dtype(dtype).is_integer):
        return tf.float32
    return tf.as_dtype(dtype)


def as_dtype(rate: Any, dtype: str) -> Any:
    """A rate, or several, as NumPy scalars of a dtype; tensors as they are."""
    dtypes = {d.name: d.as_numpy_dtype for d in DTYPES}
    if dtype not in dtypes:
        raise ValueError(
            f"dtype must be one of {', '.join(dtypes)}; got {dtype!r}. Leave "
            "it out for float32."
        )
    if isinstance(rate, list):
        return [as_dtype(element, dtype) for element in rate]
    return rate if is_tensor(rate) else dtypes[dtype](rate)


def describe(value: object) -> str:
    """A value as errors show it."""
    return f"{value!r} ({type(value).__name__})"
