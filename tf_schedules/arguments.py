"""What a hyperparameter may be, and the errors that say so.

Each rule is called with one keyword argument and gives its value back
unchanged: `self.decay_steps = positive(decay_steps=decay_steps)`. A value
that is known now is checked now; of a variable or a symbolic tensor, which
can change later, only the type and the shape.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


def is_tensor(value) -> bool:
    """Whether `value` is a tensor, a variable or stands for one."""
    return not isinstance(value, np.generic | np.ndarray) and (
        tf.is_tensor(value) or hasattr(value, "dtype")
    )


def is_numpy(value) -> bool:
    """Whether `value` is a NumPy scalar or array, bfloat16 included."""
    return isinstance(value, np.generic | np.ndarray)


def plain(value):
    """The Python value of a hyperparameter, as JSON can hold it."""
    if tf.is_tensor(value) and not hasattr(value, "numpy"):
        raise ValueError(
            f"{value} is symbolic and has no value yet, so it cannot be part "
            "of a config; make the schedule with numbers or variables."
        )
    if is_tensor(value):
        value = tf.convert_to_tensor(value).numpy()
    if is_numpy(value):
        value = value.item()
    return value


def read(value):
    """A hyperparameter as a formula takes it: what it is now.

    Tensors and variables, read once, as float64 or int64 tensors; NumPy as
    Python numbers; the rest as it is.
    """
    if is_tensor(value):
        value = tf.convert_to_tensor(value)
        whole = value.dtype.is_integer
        return tf.cast(value, tf.int64 if whole else tf.float64)
    return value.item() if is_numpy(value) else value


def dtype_of(value) -> tf.DType:
    """The dtype that a rate gives its schedule."""
    if is_tensor(value) or is_numpy(value):
        dtype = tf.as_dtype(value.dtype)
        if not (is_numpy(value) and dtype.is_integer):
            return dtype
    return tf.float32


def _describe(value) -> str:
    return f"{value!r} ({type(value).__name__})"


@dataclasses.dataclass(frozen=True)
class _Rule:
    text: str
    fix: str
    holds: Callable[[float], bool]
    whole_tensors: bool = False

    def __call__(self, **argument):
        ((name, value),) = argument.items()
        number = self._check_type(name, value)
        if number is not None and not (
            math.isfinite(number) and self.holds(number)
        ):
            raise ValueError(
                f"{name} must be {self.text}; got {_describe(value)}. "
                f"{self.fix}"
            )
        return value

    def _check_type(self, name, value) -> int | float | None:
        """The value as a Python number; None where it is not known."""
        if is_tensor(value):
            self._check_tensor(name, value)
            known = isinstance(value, tf.Tensor) and hasattr(value, "numpy")
            return plain(value) if known else None
        if is_numpy(value):
            if value.ndim:
                self._refuse_shape(name, value.shape)
            value = value.item()
        if isinstance(value, (list, tuple)):
            self._refuse_shape(name, (len(value),))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(
                f"{name} must be {self.text}; got {_describe(value)}. Pass a "
                "Python or NumPy number, a scalar tensor or a tf.Variable."
            )
        return value

    def _check_tensor(self, name, value):
        dtype = tf.as_dtype(value.dtype)
        if dtype.is_integer and not self.whole_tensors:
            raise TypeError(
                f"{name} must be {self.text}; got a tensor of {dtype.name}. "
                "Cast it to a floating dtype, for example tf.float32."
            )
        if not (dtype in DTYPES or dtype in (tf.int32, tf.int64)):
            raise TypeError(
                f"{name} must be {self.text}; got a tensor of {dtype.name}. "
                "Use " + ", ".join(d.name for d in DTYPES) + "."
            )
        shape = tf.TensorShape(value.shape)
        if not shape.is_compatible_with([]):
            self._refuse_shape(name, tuple(shape))

    @staticmethod
    def _refuse_shape(name, shape):
        raise ValueError(
            f"{name} must be a scalar; got a value of shape {shape}. Make one "
            "schedule for each value."
        )


finite = _Rule("a finite number", "Pass a rate such as 0.001.", lambda x: True)
positive = _Rule(
    "a finite number greater than 0",
    "Pass how many steps it lasts, such as 1000.",
    lambda x: x > 0,
    whole_tensors=True,
)
nonnegative = _Rule(
    "a finite number of at least 0",
    "Pass a factor such as 0.9; 1 changes nothing.",
    lambda x: x >= 0,
)
at_least_one = _Rule(
    "a finite number of at least 1",
    "Pass 1 for equal lengths, 2 to double each time.",
    lambda x: x >= 1,
)
unit_interval = _Rule(
    "a number from 0 to 1",
    "Pass a fraction such as 0.1.",
    lambda x: 0 <= x <= 1,
)


def flag(**argument) -> bool:
    """Checks a Python or NumPy bool."""
    ((name, value),) = argument.items()
    if not isinstance(value, bool | np.bool_):
        raise TypeError(
            f"{name} must be True or False; got {_describe(value)}. Pass a "
            "Python bool."
        )
    return value
