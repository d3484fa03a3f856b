"""Rules for the values of hyperparameters, and their error messages.

A rule checks the value of one named argument and returns it. It checks known
values completely, but variables and symbolic tensors, which can change later,
only for type and shape.
"""

import dataclasses
import itertools
import sys
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Protocol

import numpy as np
import tensorflow as tf

from tf_schedules.core.values import (
    DTYPES,
    describe,
    is_known,
    is_numpy,
    is_tensor,
    is_vector,
    length,
    plain,
)


class Rule(Protocol):
    """The interface of all rules."""

    @property
    def gives_dtype(self) -> bool:
        """Whether the value's dtype sets that of the schedule."""

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """The value to store.

        Args:
          name: the name of the argument.
          value: the value that the user passed.
          fix: advice for a value out of range, in place of the rule's own.

        Raises:
          TypeError: if the value is of the wrong type.
          ValueError: if it is out of range.
        """


@dataclasses.dataclass(frozen=True)
class NumberRule:
    """A scalar in a range."""

    text: str
    fix: str
    holds: Callable[[float], bool] = lambda number: True
    whole_tensors: bool = False
    gives_dtype: bool = False

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """See `Rule`."""
        number = self._number(name, value)
        if number is not None and not (
            abs(number) <= sys.float_info.max and self.holds(number)
        ):
            raise ValueError(
                f"{name} must be {self.text}; got {describe(value)}. "
                f"{fix or self.fix}"
            )
        return value

    def _number(self, name: str, value: Any) -> int | float | None:
        """The value as a Python number, or None if it is not known yet."""
        if is_tensor(value):
            self._check_tensor(name, value)
            return plain(value) if is_known(value) else None
        if is_numpy(value):
            if value.ndim:
                _refuse_shape(name, value.shape)
            value = value.item()
        if isinstance(value, list | tuple):
            _refuse_shape(name, (len(value),))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(
                f"{name} must be {self.text}; got {describe(value)}. Pass a "
                "Python or NumPy number, a scalar tensor or a tf.Variable."
            )
        return value

    def _check_tensor(self, name: str, value: Any) -> None:
        self.check_dtype(name, tf.as_dtype(value.dtype))
        shape = tf.TensorShape(value.shape)
        if not shape.is_compatible_with([]):
            _refuse_shape(name, tuple(shape))

    def check_dtype(self, name: str, dtype: tf.DType) -> None:
        """Refuses a dtype that this kind of hyperparameter cannot have."""
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


def _refuse_shape(name: str, shape: tuple[int, ...]) -> None:
    raise ValueError(
        f"{name} must be a scalar; got a value of shape {shape}. Make one "
        "schedule for each value."
    )


def _is_whole(number: float) -> bool:
    return float(number).is_integer()


RATE = NumberRule(
    "a finite number", "Pass a rate such as 0.001.", gives_dtype=True
)
FINITE = NumberRule("a finite number", "Pass a number such as 0.5.")
POSITIVE = NumberRule(
    "a finite number greater than 0",
    "Pass a number of steps such as 1000.",
    lambda x: x > 0,
    whole_tensors=True,
)
NON_NEGATIVE = NumberRule(
    "a finite number of at least 0",
    "Pass 0 or a greater number.",
    lambda x: x >= 0,
)
AT_LEAST_ONE = NumberRule(
    "a finite number of at least 1",
    "Pass 1 or a greater number.",
    lambda x: x >= 1,
)
UNIT_INTERVAL = NumberRule(
    "a number from 0 to 1",
    "Pass a fraction such as 0.1.",
    lambda x: 0 <= x <= 1,
)
COUNT = NumberRule(
    "a whole number of at least 0",
    "Pass a number of steps such as 1000, or 0 for none.",
    lambda x: x >= 0 and _is_whole(x),
    whole_tensors=True,
)
POSITIVE_COUNT = NumberRule(
    "a whole number of at least 1",
    "Pass a number of steps such as 1000.",
    lambda x: x >= 1 and _is_whole(x),
    whole_tensors=True,
)
WHOLE = NumberRule(
    "a whole number", "Pass a step such as 1000.", _is_whole, whole_tensors=True
)
BOUNDARY = NumberRule(
    "a finite number", "Pass a step such as 1000.", whole_tensors=True
)


@dataclasses.dataclass(frozen=True)
class Each:
    """A sequence whose elements each satisfy a rule; stored as a tuple.

    A vector variable stands for a sequence of numbers and is stored as it is.
    """

    rule: Rule
    at_least: int = 1
    ascending: bool = False

    @property
    def gives_dtype(self) -> bool:
        """See `Rule`."""
        return self.rule.gives_dtype

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """See `Rule`."""
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = tuple(value)
        elif isinstance(value, tf.Tensor) and is_vector(value):
            value = tuple(tf.unstack(value))
        of_numbers = isinstance(self.rule, NumberRule) and is_vector(value)
        if not (isinstance(value, list | tuple) or of_numbers):
            raise TypeError(
                f"{name} must be a list or a tuple; got {describe(value)}. Put "
                "the values into a list."
            )
        if length(value) < self.at_least:
            raise ValueError(
                f"{name} must have at least {self.at_least} elements; got "
                f"{describe(value)}. Add the missing ones."
            )
        if isinstance(self.rule, NumberRule) and of_numbers:
            self.rule.check_dtype(name, tf.as_dtype(value.dtype))
            return value
        values = tuple(
            self.rule.check(f"{name}[{i}]", element, fix)
            for i, element in enumerate(value)
        )
        if self.ascending:
            _check_ascending(name, values)
        return values


def _check_ascending(name: str, values: tuple[Any, ...]) -> None:
    known = [(i, plain(v)) for i, v in enumerate(values) if is_known(v)]
    for (i, low), (j, high) in itertools.pairwise(known):
        if low >= high:
            raise ValueError(
                f"{name} must rise strictly; got {low!r} at {i} and {high!r} "
                f"at {j}. Sort the values and remove duplicates."
            )


def check_lengths(difference: int, **values: Any) -> None:
    """Checks that the second sequence is `difference` longer than the first."""
    (name, first), (other, second) = values.items()
    if length(second) - length(first) != difference:
        more = f"{difference} more than" if difference else "as many as"
        raise ValueError(
            f"{other} must have {more} {name}; got {length(second)} for "
            f"{length(first)}. Add or remove elements."
        )


def check_geometric(name: str, *rates: Any) -> None:
    """Checks that a geometric ramp can reach its ends."""
    for rate in map(plain, filter(is_known, rates)):
        if rate <= 0:
            raise ValueError(
                f"{name} must be greater than 0 for the shape 'geometric'; got "
                f"{rate!r}. Pass a small rate such as 1e-6, or use the shape "
                "'linear'."
            )


@dataclasses.dataclass(frozen=True)
class OneOf:
    """One of several strings, or a number that satisfies a rule."""

    options: Collection[str]
    number: NumberRule | None = None
    gives_dtype: ClassVar[bool] = False

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """See `Rule`."""
        if self.number is not None and not isinstance(value, str):
            return self.number.check(name, value, fix)
        if not (isinstance(value, str) and value in self.options):
            other = f", or {self.number.text}" if self.number else ""
            raise ValueError(
                f"{name} must be one of {', '.join(self.options)}{other}; got "
                f"{describe(value)}. {fix or 'Pass one of them.'}"
            )
        return value


@dataclasses.dataclass(frozen=True)
class TypeRule:
    """A value of certain types."""

    types: tuple[type, ...]
    text: str
    fix: str
    gives_dtype: ClassVar[bool] = False

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """See `Rule`."""
        if not isinstance(value, self.types):
            raise TypeError(
                f"{name} must be {self.text}; got {describe(value)}. "
                f"{fix or self.fix}"
            )
        return value


@dataclasses.dataclass(frozen=True)
class _DTypeRule:
    gives_dtype = False

    def check(self, name: str, value: Any, fix: str | None = None) -> str:
        """The name of the dtype."""
        try:
            dtype = tf.as_dtype(value)
        except TypeError:
            dtype = None
        if dtype not in DTYPES:
            raise ValueError(
                f"{name} must be one of {', '.join(d.name for d in DTYPES)}; "
                f"got {describe(value)}. Leave it out for float32."
            )
        return dtype.name


DTYPE = _DTypeRule()
FLAG = TypeRule((bool, np.bool_), "True or False", "Pass a Python bool.")
NAME = TypeRule((str, type(None)), "a string or None", "Pass text.")
