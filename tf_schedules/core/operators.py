"""The operators of schedules; each one makes another schedule."""

import sys
import types
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

import tensorflow as tf

from tf_schedules.core import registry, values
from tf_schedules.core.fields import Number
from tf_schedules.core.functions import Function

_Schedule = TypeVar("_Schedule")
_DIVISOR = "divisor must be a number"
# A schedule, a value that counts as one, or a number.
_Operand: TypeAlias = Number | Function


class Operators(Generic[_Schedule]):
    """The operators `+`, `-`, `*`, `/` and `**` of a schedule."""

    # Makes NumPy leave an operation with a schedule to the schedule.
    __array_ufunc__ = None

    def __add__(self, other: _Operand) -> _Schedule:
        return _combined("Sum", self, _number(other))

    def __radd__(self, other: _Operand) -> _Schedule:
        return _combined("Sum", _left(other), self)

    def __sub__(self, other: _Operand) -> _Schedule:
        return _combined("Sum", self, _negated(_number(other)))

    def __rsub__(self, other: _Operand) -> _Schedule:
        return _combined("Sum", _left(other), _negated(self))

    def __mul__(self, other: _Operand) -> _Schedule:
        return _product(self, _number(other))

    def __rmul__(self, other: _Operand) -> _Schedule:
        other = _left(other)
        if callable(other):
            return _combined("Product", other, self)
        return _product(self, other)

    def __truediv__(self, other: Number) -> _Schedule:
        if callable(other):
            _refuse(_DIVISOR, other, "Multiply by it ** -1.")
        other = _number(other)
        if values.is_number(other) and other == 0:
            raise ValueError(
                "divisor must not be 0; got 0. Pass another number."
            )
        # 1 / 3 has no exact decimal, and a variable must stay a variable.
        inverse = registry.class_named("Raised")(other, -1)
        return _combined("Product", self, inverse)

    def __rtruediv__(self, other: _Operand) -> NoReturn:
        _refuse(_DIVISOR, self, "Multiply by it ** -1.", other)

    def __pow__(self, other: Number) -> _Schedule:
        raised: _Schedule = registry.class_named("Raised")(self, _number(other))
        return raised

    def __rpow__(self, other: _Operand) -> NoReturn:
        fix = "ExponentialDecay raises a number to the step."
        _refuse("power must be a number", self, fix, other)

    def __neg__(self) -> _Schedule:
        return _negated(self)


def _refuse(
    rule: str, value: object, fix: str, left: object = None
) -> NoReturn:
    # TensorFlow would replace a TypeError by its own error.
    error = NotImplementedError if tf.is_tensor(left) else TypeError
    raise error(f"{rule}; got {values.describe(value)}. {fix}")


def _product(schedule: Any, other: Any) -> Any:
    if callable(other):
        return _combined("Product", schedule, other)
    return registry.class_named("Scaled")(schedule, other)


def _combined(name: str, *operands: Any) -> Any:
    """A sum or a product, which absorbs operands of the same class."""
    cls = registry.class_named(name)
    parts: list[Any] = []
    for operand in operands:
        is_plain = type(operand) is cls and operand.name == name
        if is_plain and operand._precision == "float64":
            parts += operand._argument("schedules")
        else:
            parts.append(operand)
    return cls(parts)


def _negated(value: Any) -> Any:
    if values.is_number(value):
        return -value
    return registry.class_named("Scaled")(value, -1)


def _number(value: Any) -> Any:
    """An operand, with a NumPy number as a Python number.

    Next to a schedule it is a plain number, not a rate that sets the dtype.
    """
    return value.item() if values.is_numpy(value) and not value.ndim else value


def _left(value: Any) -> Any:
    """An operand left of a schedule; the variable, if its value was passed.

    TensorFlow passes the current value of a variable, which would not follow
    it. The variable is the first argument in one of TensorFlow's frames.
    """
    frame: types.FrameType | None = sys._getframe(2)
    while frame and tf.is_tensor(value) and _is_of_tensorflow(frame):
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount]
        operand = frame.f_locals.get(names[0]) if names else None
        if hasattr(operand, "assign"):
            value = operand
        frame = frame.f_back
    return _number(value)


def _is_of_tensorflow(frame: Any) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    return package in ("tensorflow", "tensorflow_probability")
