"""Checks and calls of functions of the step that users write."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
)

from tf_schedules.core import values

Function: TypeAlias = Callable[[Any], Any]

# A function of only these operations and scalars acts on each element.
_ELEMENTWISE = {
    *("Abs", "Add", "AddV2", "Cast", "Ceil", "Const", "Cos", "Div", "DivNoNan"),
    *("Equal", "Exp", "Expm1", "Floor", "FloorDiv", "FloorMod", "Greater"),
    *("GreaterEqual", "Identity", "IsFinite", "IsInf", "IsNan", "Less"),
    *("LessEqual", "Log", "Log1p", "LogicalAnd", "LogicalNot", "LogicalOr"),
    *("Maximum", "Minimum", "Mul", "MulNoNan", "Neg", "NoOp", "NotEqual"),
    *("OnesLike", "PartitionedCall", "Placeholder", "Pow", "ReadVariableOp"),
    *("RealDiv", "Reciprocal", "Round", "Rsqrt", "SelectV2", "Sigmoid", "Sign"),
    *("Sin", "Sqrt", "Square", "SquaredDifference", "StatefulPartitionedCall"),
    *("StopGradient", "Sub", "Tanh", "ZerosLike"),
}


@dataclasses.dataclass(frozen=True)
class Traced:
    """The properties of a function, from its graph for one step.

    Attributes:
      is_elementwise: whether a tensor of steps gives the rate of each step.
      variables: the variables that it reads.
    """

    is_elementwise: bool
    variables: tuple[tf.Variable, ...]


class _FunctionRule:
    gives_dtype = False

    def check(self, name: str, value: Any, fix: str | None = None) -> Any:
        """See `Rule`."""
        if not callable(value):
            raise TypeError(
                f"{name} must be a function of the step; got "
                f"{values.describe(value)}. Pass a function, or "
                "Constant(rate) for a rate."
            )
        return value


FUNCTION = _FunctionRule()


def graph_of(
    function: Function, shape: tuple[int | None, ...] | None = ()
) -> Any:
    """The concrete function of a tensor of whole steps.

    Raises:
      TypeError: if the function does not map a step to a rate.
    """

    def rate(step: tf.Tensor) -> tf.Tensor:
        return tf.convert_to_tensor(_result(function, step))

    try:
        spec = tf.TensorSpec(shape, tf.int64, name="step")
        made = tf.function(rate, [spec], autograph=False)
        return made.get_concrete_function()
    except Exception as error:  # a user's code can raise anything
        if isinstance(error, _NotARateError):
            raise TypeError(str(error)) from error
        raise TypeError(
            "function must take the step, an int64 tensor that has no value "
            "yet, and use only TensorFlow operations, like a schedule of "
            f"Keras; {values.describe(function)} raised "
            f"{type(error).__name__}: {error}"
        ) from error


def trace(function: Function) -> Traced:
    """Traces a function once, for one step, and checks what it returns.

    Raises:
      TypeError: if it is not a function from a step to a rate.
    """
    concrete = graph_of(function)
    shape = concrete.output_shapes
    if not shape.is_compatible_with([]):
        raise TypeError(
            "function must return a scalar for one step; got a tensor of "
            f"shape {shape} from {values.describe(function)}. Return one rate."
        )
    variables = tuple(concrete.graph.variables)
    return Traced(_takes_vectors(function, concrete), variables)


def _takes_vectors(function: Function, concrete: Any) -> bool:
    """Whether a tensor of steps gives the rate of each step."""
    # A variable of unknown shape could become a vector. A constant of a known
    # rank above 0 cannot be part of a scalar.
    if not all(v.shape.rank == 0 for v in concrete.graph.variables):
        return False
    nodes = _nodes(concrete.graph.as_graph_def())
    if not all(node.op in _ELEMENTWISE for node in nodes):
        return False
    try:  # its Python code may accept only a scalar
        graph_of(function, None), graph_of(function, (None,))
    except TypeError:
        return False
    return True


def rates_of(
    function: Function, step: tf.Tensor, dtype: tf.DType, is_elementwise: bool
) -> Any:
    """The rates of a function at whole steps.

    They have the real dtype if it can hold them.
    """

    def rate(one: tf.Tensor) -> tf.Tensor:
        result = tf.convert_to_tensor(_result(function, one, dtype))
        return (
            result if result.dtype.size > dtype.size else tf.cast(result, dtype)
        )

    if step.shape.rank == 0:
        return rate(step)
    flat = tf.reshape(step, [-1])
    if is_elementwise:
        rates = rate(flat)
        return (
            rates
            if rates.shape.rank == 0
            else tf.reshape(rates, tf.shape(step))
        )
    if step.shape.num_elements() == 1:
        return tf.reshape(rate(flat[0]), step.shape)
    # One by one, because the function could do anything to a vector.
    return tf.reshape(
        tf.map_fn(rate, flat, fn_output_signature=dtype), tf.shape(step)
    )


class _NotARateError(Exception):
    """A function returned something other than a rate."""


def _result(function: Function, step: tf.Tensor, dtype: Any = None) -> Any:
    """The result of a function; a Python number as a tensor of a dtype."""
    result = function(step)
    if values.is_numpy(result) and not result.ndim:
        result = result.item()
    if values.is_number(result) and not isinstance(result, bool):
        return tf.constant(result, dtype or tf.float64)
    if not (values.is_tensor(result) and tf.as_dtype(result.dtype).is_floating):
        raise _NotARateError(
            "function must return a rate, a floating scalar; got "
            f"{values.describe(result)} from {values.describe(function)}. "
            "Cast its result with tf.cast(rate, tf.float32)."
        )
    return result


def _nodes(graph: Any) -> list[Any]:
    nodes = [*graph.node]
    for function in graph.library.function:
        nodes += function.node_def
    return nodes


class _WithConstants:
    """A function with numbers in place of its variables."""

    def __init__(self, original: Function, graph: Any) -> None:
        self.original, self._graph = original, graph

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The rate at a step."""
        (rate,) = tf.nest.flatten(self._graph(step=step))
        return rate


def original(function: Any) -> Function:
    """The function that `with_constants` was given, for the config."""
    return function.original if type(function) is _WithConstants else function


def with_constants(function: Function) -> Function:
    """A function with numbers in place of its variables.

    Raises:
      ValueError: if it cannot do without its variables.
    """
    traced = trace(function)
    if not traced.variables:
        return function
    shape = None if traced.is_elementwise else ()
    graph = convert_variables_to_constants_v2(graph_of(function, shape))
    if len(graph.inputs) != 1:
        raise ValueError(
            "variables must be True for a function that has other state "
            f"besides; got False for {values.describe(function)}. Export with "
            "variables=True."
        )
    return _WithConstants(original(function), graph)
