"""What a hyperparameter may be, and the errors that say so.

Each rule is called with one keyword argument and gives its value back
unchanged: `self.decay_steps = positive(decay_steps=decay_steps)`. A value
that is known now is checked now; of a variable or a symbolic tensor, which
can change later, only the type and the shape.
"""

import dataclasses
import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.numerics import CURVES

DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


def is_tensor(value) -> bool:
    """Whether `value` is a tensor, a variable or stands for one."""
    if is_numpy(value) or callable(value):
        return False
    return tf.is_tensor(value) or hasattr(value, "dtype")


def is_numpy(value) -> bool:
    """Whether `value` is a NumPy scalar or array, bfloat16 included."""
    return isinstance(value, np.generic | np.ndarray)


def plain(value):
    """The Python value of a hyperparameter, as JSON can hold it."""
    value = constant(value)
    return value.tolist() if is_numpy(value) else value


def constant(value):
    """A hyperparameter as it is now; a tensor or a variable as NumPy."""
    if not is_tensor(value):
        return value
    tensor = tf.convert_to_tensor(value)
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


def dtype_of(value) -> tf.DType:
    """The dtype that a rate, or a schedule, gives its schedule.

    Of several, that of the first that is not float32, as what is made of
    Python numbers is.
    """
    if isinstance(value, tuple):
        others = (d for d in map(dtype_of, value) if d != tf.float32)
        return next(others, tf.float32)
    dtype = getattr(value, "dtype", None)
    if dtype is None or (is_numpy(value) and tf.as_dtype(dtype).is_integer):
        return tf.float32
    return tf.as_dtype(dtype)


def as_dtype(rate, dtype: str):
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


def describe(value) -> str:
    """A value as errors show it."""
    return f"{value!r} ({type(value).__name__})"


def _is_known(value) -> bool:
    """Whether a number is there now and cannot change."""
    if is_tensor(value):
        return isinstance(value, tf.Tensor) and hasattr(value, "numpy")
    return True


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a number must be, and what to do where it is not."""

    text: str
    fix: str
    holds: Callable[[float], bool]
    whole_tensors: bool = False

    def __call__(self, **argument):
        """Checks one argument, given by its name, and gives it back."""
        ((name, value),) = argument.items()
        number = self._check_type(name, value)
        if number is not None and not (
            abs(number) <= sys.float_info.max and self.holds(number)
        ):
            raise ValueError(
                f"{name} must be {self.text}; got {describe(value)}. {self.fix}"
            )
        return value

    def _check_type(self, name, value) -> int | float | None:
        """The value as a Python number; None where it is not known."""
        if is_tensor(value):
            self._check_tensor(name, value)
            return plain(value) if _is_known(value) else None
        if is_numpy(value):
            if value.ndim:
                self._refuse_shape(name, value.shape)
            value = value.item()
        if isinstance(value, (list, tuple)):
            self._refuse_shape(name, (len(value),))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(
                f"{name} must be {self.text}; got {describe(value)}. Pass a "
                "Python or NumPy number, a scalar tensor or a tf.Variable."
            )
        return value

    def _check_tensor(self, name, value):
        self.check_dtype(name, tf.as_dtype(value.dtype))
        shape = tf.TensorShape(value.shape)
        if not shape.is_compatible_with([]):
            self._refuse_shape(name, tuple(shape))

    def check_dtype(self, name: str, dtype: tf.DType):
        """Refuses a dtype that no hyperparameter of this kind has."""
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

    @staticmethod
    def _refuse_shape(name, shape):
        raise ValueError(
            f"{name} must be a scalar; got a value of shape {shape}. Make one "
            "schedule for each value."
        )


finite = Rule("a finite number", "Pass a rate such as 0.001.", lambda x: True)
positive = Rule(
    "a finite number greater than 0",
    "Pass one such as 1000.",
    lambda x: x > 0,
    whole_tensors=True,
)
nonnegative = Rule(
    "a finite number of at least 0",
    "Pass a factor such as 0.9; 1 changes nothing.",
    lambda x: x >= 0,
)
at_least_one = Rule(
    "a finite number of at least 1",
    "Pass 1 for equal lengths, 2 to double each time.",
    lambda x: x >= 1,
)
unit_interval = Rule(
    "a number from 0 to 1",
    "Pass a fraction such as 0.1.",
    lambda x: 0 <= x <= 1,
)


whole = Rule(
    "a whole number of at least 0",
    "Pass one such as 1000, or 0 for none.",
    lambda x: x >= 0 and float(x).is_integer(),
    whole_tensors=True,
)
whole_positive = Rule(
    "a whole number of at least 1",
    "Pass one such as 1000.",
    lambda x: x >= 1 and float(x).is_integer(),
    whole_tensors=True,
)
any_whole = Rule(
    "a whole number",
    "Pass a number of steps such as 1000; a negative one counts back.",
    lambda x: float(x).is_integer(),
    whole_tensors=True,
)


boundary = Rule(
    "a finite number",
    "Pass a step such as 1000.",
    lambda x: True,
    whole_tensors=True,
)


def _is_vector(value) -> bool:
    if not is_tensor(value):
        return False
    shape = tf.TensorShape(value.shape)
    return shape.rank == 1 and shape.is_fully_defined()


def each(rule: Callable, at_least: int = 1, **argument):
    """Checks every element of a sequence; returns them as a tuple.

    A variable that is a vector, which stands for a sequence, is returned as
    it is.
    """
    ((name, values),) = argument.items()
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = tuple(values)
    elif isinstance(values, tf.Tensor) and _is_vector(values):
        values = tuple(tf.unstack(values))
    is_vector = isinstance(rule, Rule) and _is_vector(values)
    if not (isinstance(values, list | tuple) or is_vector):
        raise TypeError(
            f"{name} must be a list or a tuple; got {describe(values)}. Put "
            "the values into a list."
        )
    if length(values) < at_least:
        raise ValueError(
            f"{name} must have at least {at_least} elements; got "
            f"{describe(values)}. Add what is missing."
        )
    if is_vector:
        rule.check_dtype(name, tf.as_dtype(values.dtype))
        return values
    return tuple(
        rule(**{f"{name}[{i}]": value}) for i, value in enumerate(values)
    )


def length(values) -> int:
    """How many values there are in a sequence or a vector."""
    return len(values) if isinstance(values, tuple | list) else values.shape[0]


def ascending(rule: Callable, at_least: int = 1, **argument):
    """Checks that a sequence rises strictly, where its values are known."""
    ((name, _),) = argument.items()
    values = each(rule, at_least, **argument)
    if not isinstance(values, tuple):
        return values
    known = [(i, plain(v)) for i, v in enumerate(values) if _is_known(v)]
    for (i, low), (j, high) in itertools.pairwise(known):
        if low >= high:
            raise ValueError(
                f"{name} must rise strictly; got {low!r} at {i} and {high!r} "
                f"at {j}. Sort them and leave out repeated ones."
            )
    return values


def same_length(difference: int, **arguments):
    """Checks that a second sequence is so many longer than the first."""
    (name, values), (other, others) = arguments.items()
    if length(others) - length(values) != difference:
        more = f"{difference} more than" if difference else "as many as"
        raise ValueError(
            f"{other} must have {more} {name}; got {length(others)} for "
            f"{length(values)}. Add or leave out what differs."
        )


def one_of(options, **argument) -> str:
    """Checks that a string is one of some."""
    ((name, value),) = argument.items()
    if not (isinstance(value, str) and value in options):
        raise ValueError(
            f"{name} must be one of {', '.join(options)}; got "
            f"{describe(value)}. Pass one of them."
        )
    return value


def flag(**argument) -> bool:
    """Checks a Python or NumPy bool."""
    ((name, value),) = argument.items()
    if not isinstance(value, bool | np.bool_):
        raise TypeError(
            f"{name} must be True or False; got {describe(value)}. Pass a "
            "Python bool."
        )
    return value


def shape_rule(**argument):
    """Checks the name of a shape, or a power greater than 0."""
    ((name, value),) = argument.items()
    if isinstance(value, str):
        if value not in CURVES:
            raise ValueError(
                f"{name} must be one of {', '.join(CURVES)}, or a power "
                f"greater than 0; got {describe(value)}. Pass one of them."
            )
        return value
    return positive(**argument)
