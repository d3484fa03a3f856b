"""The values of hyperparameters: numbers, tensors, variables, their dtypes."""

from typing import Any, Protocol, TypeGuard

import numpy as np
import tensorflow as tf

DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


class TensorLike(Protocol):
    """The type of tensors, variables, and NumPy scalars and arrays."""

    @property
    def dtype(self) -> Any:
        """The dtype."""

    @property
    def shape(self) -> Any:
        """The shape."""


def is_tensor(value: object) -> bool:
    """Whether `value` is, or stands for, a tensor or a variable."""
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
    """Whether a number has its value now and cannot change."""
    if is_tensor(value):
        return isinstance(value, tf.Tensor) and hasattr(value, "numpy")
    return True


def is_vector(value: Any) -> bool:
    """Whether `value` is a vector tensor or variable of known length."""
    if not is_tensor(value):
        return False
    shape = tf.TensorShape(value.shape)
    return shape.rank == 1 and shape.is_fully_defined()


def length(values: Any) -> int:
    """The number of values in a sequence or a vector."""
    if isinstance(values, tuple | list):
        return len(values)
    return int(values.shape[0])


def plain(value: Any) -> Any:
    """The Python value of a hyperparameter, as JSON can hold it."""
    value = constant(value)
    return value.tolist() if is_numpy(value) else value


def constant(value: Any) -> Any:
    """The current value of a hyperparameter; tensors and variables as NumPy."""
    if not is_tensor(value):
        return value
    # Keep a tensor as it is: a conversion in a function would be symbolic.
    is_there = isinstance(value, tf.Tensor)
    tensor = value if is_there else tf.convert_to_tensor(value)
    if not hasattr(tensor, "numpy"):
        raise ValueError(
            f"{value} is symbolic and has no value yet, so it cannot be part "
            "of a config; call get_config() outside tf.function."
        )
    return tensor.numpy()


def read(value: Any, dtype: tf.DType) -> Any:
    """The current value of a hyperparameter, as a formula takes it.

    Tensors and variables are read once, as int64 or in the real dtype; NumPy
    scalars become Python numbers; sequences and vectors become tuples of these;
    anything else stays as it is.
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
    """The dtype that a rate or an inner schedule gives its schedule.

    Among several, the first dtype other than float32 wins, because Python
    numbers are float32.
    """
    if isinstance(value, tuple):
        others = (d for d in map(dtype_of, value) if d != tf.float32)
        return next(others, tf.float32)
    dtype = getattr(value, "dtype", None)
    if dtype is None or (is_numpy(value) and tf.as_dtype(dtype).is_integer):
        return tf.float32
    return tf.as_dtype(dtype)


def as_dtype(rate: Any, dtype: str) -> Any:
    """One or more rates as NumPy scalars of a dtype; tensors unchanged."""
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
    """The text that errors show for a value."""
    return f"{value!r} ({type(value).__name__})"
