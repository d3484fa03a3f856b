"""Learnable hyperparameters: variables that stay in their range.

Only this module knows TensorFlow Probability; it imports it on first use.
"""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tf_schedules.core import values
from tf_schedules.core.rules import Each, NumberRule

if TYPE_CHECKING:
    import tensorflow_probability as tfp

_FIX = "Pass a start value inside the range."


def positive(
    x: float, name: str = "positive"
) -> "tfp.util.TransformedVariable":
    """A variable that stays greater than 0 whatever an optimizer does to it.

    ```
    value = log(1 + exp(v))
    ```

    where v is the trained variable. For values far below 1, a change in v
    multiplies the value by a factor.

    Args:
      x: the start value: a finite scalar greater than 0. Its dtype is the
        variable's; a Python number means float32.
      name: the name of the variable.

    Returns:
      A `tfp.util.TransformedVariable`, a hyperparameter for any schedule. Its
      `assign` takes a new value.

    Raises:
      TypeError: if `x` is not a number.
      ValueError: if `x` is out of range.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(positive(0.5), 2, decay_rate=0.5)
    >>> round(float(schedule(2)), 6), len(schedule.trainable_variables)
    (0.25, 1)

    Source: https://www.tensorflow.org/probability/api_docs/python/tfp/util/
    TransformedVariable
    """
    NumberRule("a finite number greater than 0", _FIX, lambda v: v > 0).check(
        "x", x
    )
    return _variable("positive", x, name)


def unit_interval(
    x: float, name: str = "unit_interval"
) -> "tfp.util.TransformedVariable":
    """A variable that stays between 0 and 1.

    ```
    value = 1 / (1 + exp(-v))
    ```

    where v is the trained variable.

    Args:
      x: the start value: a scalar between 0 and 1, both excluded. Its dtype is
        the variable's; a Python number means float32.
      name: the name of the variable.

    Returns:
      A `tfp.util.TransformedVariable`, a hyperparameter for any schedule. Its
      `assign` takes a new value.

    Raises:
      TypeError: if `x` is not a number.
      ValueError: if `x` is out of range.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(1.0, 2, decay_rate=unit_interval(0.25))
    >>> float(schedule(2))
    0.25

    Source: https://www.tensorflow.org/probability/api_docs/python/tfp/util/
    TransformedVariable
    """
    text = "a number between 0 and 1, both excluded"
    NumberRule(text, _FIX, lambda v: 0 < v < 1).check("x", x)
    return _variable("unit_interval", x, name)


def bounded(
    x: float, low: float, high: float, name: str = "bounded"
) -> "tfp.util.TransformedVariable":
    """A variable that stays between two bounds.

    ```
    value = low + (high - low) / (1 + exp(-v))
    ```

    where v is the trained variable.

    Args:
      x: the start value: a scalar between the bounds, both excluded. Its dtype
        is the variable's; a Python number means float32.
      low: the lower bound: a finite Python number.
      high: the upper bound: a finite Python number greater than `low`.
      name: the name of the variable.

    Returns:
      A `tfp.util.TransformedVariable`, a hyperparameter for any schedule. Its
      `assign` takes a new value.

    Raises:
      TypeError: if an argument is not a number.
      ValueError: if an argument is out of range.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(bounded(0.5, 0.25, 0.75), 2, 0.5)
    >>> float(schedule(2))
    0.25

    Source: https://www.tensorflow.org/probability/api_docs/python/tfp/util/
    TransformedVariable
    """
    number = NumberRule("a finite Python number", "Pass the bound.")
    low = float(values.plain(number.check("low", low)))
    text = f"a finite number greater than low, which is {low!r}"
    above = NumberRule(text, "Exchange them.", lambda v: v > low)
    high = float(values.plain(above.check("high", high)))
    text = f"a number between {low!r} and {high!r}, both excluded"
    NumberRule(text, _FIX, lambda v: low < v < high).check("x", x)
    return _variable("bounded", x, name, low=low, high=high)


def increasing(
    xs: Sequence[float], name: str = "increasing"
) -> "tfp.util.TransformedVariable":
    """A vector variable whose elements keep rising strictly.

    ```
    value[0] = v[0]
    value[i] = value[i - 1] + exp(v[i])
    ```

    where v is the trained variable.

    Args:
      xs: the start values: a sequence of finite scalars that rise strictly.
        The dtype of the first is the variable's; a Python number means
        float32.
      name: the name of the variable.

    Returns:
      A `tfp.util.TransformedVariable` of shape `[len(xs)]`, for an argument
      that is a sequence. Its `assign` takes new values.

    Raises:
      TypeError: if `xs` is not a sequence of numbers.
      ValueError: if the numbers do not rise strictly.

    >>> from tf_schedules import PiecewiseInterpolation
    >>> steps = increasing([0.0, 4.0, 8.0])
    >>> schedule = PiecewiseInterpolation(steps, [0.0, 1.0, 0.0])
    >>> [round(float(schedule(step)), 6) for step in (0, 2, 4, 8)]
    [0.0, 0.5, 1.0, 0.0]

    Source: https://www.tensorflow.org/probability/api_docs/python/tfp/
    bijectors/Ascending
    """
    rule = NumberRule("a finite number", _FIX)
    xs = Each(rule, ascending=True).check("xs", xs)
    return _variable("increasing", xs, name)


def _bijector(constraint: str, **bounds: float) -> Any:
    from tensorflow_probability import bijectors as tfb

    classes = {
        "positive": tfb.Softplus,
        "unit_interval": tfb.Sigmoid,
        "bounded": tfb.Sigmoid,
        "increasing": tfb.Ascending,
    }
    # The name identifies the constraint later, even in a copy.
    return classes[constraint](name=constraint, **bounds)


def _variable(constraint: str, value: Any, name: str, **bounds: float) -> Any:
    import tensorflow_probability as tfp

    dtype = values.dtype_of(value)
    is_vector = isinstance(value, tuple)
    plain = [*map(values.plain, value if is_vector else [value])]
    variable = tfp.util.TransformedVariable(
        tf.constant(plain if is_vector else plain[0], dtype),
        _bijector(constraint, **bounds),
        name=name,
    )
    if not np.all(np.isfinite(_learned(variable).numpy())):
        raise ValueError(
            f"x must be distinguishable from its bounds in {dtype.name}; "
            f"got {values.describe(value)}. {_FIX}"
        )
    return variable


def _learned(variable: Any) -> tf.Variable:
    return variable.pretransformed_input


def to_json(value: Any) -> dict[str, Any] | None:
    """The JSON of a variable that one of these functions made, or None."""
    bijector = getattr(value, "bijector", None)
    if bijector is None or getattr(bijector, "name", None) not in _BY_NAME:
        return None
    bounds = ("low", "high") if bijector.name == "bounded" else ()
    return {
        "constraint": bijector.name,
        "value": values.plain(value),
        "learned": values.plain(_learned(value)),
        "dtype": value.dtype.name,
        "name": _learned(value).name.rpartition(":")[0],
        **{bound: bijector.parameters[bound] for bound in bounds},
    }


def is_json(value: object) -> bool:
    """Whether a JSON value describes a variable that `to_json` wrote."""
    return isinstance(value, dict) and "constraint" in value


def from_json(value: dict[str, Any]) -> "tfp.util.TransformedVariable":
    """The variable that `to_json` described, bit for bit.

    Raises:
      ValueError: if `value` describes no variable or an unknown constraint.
    """
    value = dict(value)
    constraint = value.pop("constraint")
    if constraint not in _BY_NAME:
        raise ValueError(
            f"constraint must be one of {', '.join(_BY_NAME)}; got "
            f"{constraint!r}. Use the tf_schedules function of that name."
        )
    learned, dtype = value.pop("learned", None), value.pop("dtype", "float32")
    start = values.as_dtype(value.pop("value", None), dtype)
    variable = _BY_NAME[constraint](start, **value)
    if learned is not None:
        # The round trip through the bijector would round the start value.
        _learned(variable).assign(learned)
    return variable


_BY_NAME = {f.__name__: f for f in (positive, unit_interval, bounded)} | {
    "increasing": increasing
}


def live(schedule: Any, step: Any) -> "tfp.util.DeferredTensor":
    """The tensor that `Schedule.at` returns."""
    if not hasattr(step, "assign"):
        raise TypeError(
            f"step must be a variable; got {values.describe(step)}. Pass "
            "tf.Variable(0) and assign to it, or call the schedule itself."
        )
    if not isinstance(step, tf.Variable):
        # TensorFlow Probability would turn a Keras variable into a constant.
        step = step.value
    return _deferred_class()(
        step,
        schedule.__call__,
        dtype=schedule.dtype,
        shape=step.shape,
        name=type(schedule).__name__,
        also_track=schedule,
    )


def attribute(schedule: Any, step: Any) -> "tfp.util.DeferredTensor":
    """A live rate that Keras can compare in Python, such as `!= 0`."""
    value = live(schedule, step)
    value.__class__ = _attribute_class()
    return value


def _deferred_class() -> Any:
    import tensorflow_probability as tfp

    return tfp.util.DeferredTensor


def is_attribute(value: object) -> bool:
    """Whether `attribute` made a value."""
    return type(value).__name__ == "Attribute" and hasattr(value, "dtype")


@functools.cache
def _attribute_class() -> Any:
    base = _deferred_class()
    attribute_class: Any = type("Attribute", (base,), {})

    def is_within(self: Any, name: str, other: object) -> Any:
        return type(other) in (int, float) or getattr(base, name)(self, other)

    # Set later: the metaclass of TensorFlow Probability overwrites operators.
    # Keras tests for a missing number with them, and for `0 < rate < 1`.
    for name in ("__eq__", "__ne__", "__hash__"):
        setattr(attribute_class, name, getattr(object, name))
    for name in ("__gt__", "__lt__"):
        setattr(attribute_class, name, functools.partialmethod(is_within, name))
    attribute_class.__bool__ = lambda self: True
    attribute_class.get_shape = lambda self: self.shape  # for tf.nn.dropout
    return attribute_class
