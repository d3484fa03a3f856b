"""The precision in which a schedule computes."""

import json
from typing import Any, TypeVar

from tf_schedules.core import registry
from tf_schedules.core.configured import Configured
from tf_schedules.core.rules import OneOf
from tf_schedules.numerics import PRECISIONS

_Precise = TypeVar("_Precise", bound="Precise")


class Precise(Configured):
    """An object that can compute in another precision."""

    # The config for a SavedModel, if it is not the schedule's own.
    _saved_config: str | None = None

    def with_precision(self: _Precise, precision: str) -> _Precise:
        """The same schedule, computed in float64 or in float32.

        float32 is for graphs that run without float64, such as a training step
        that `tf.lite.TFLiteConverter` converts: the trace contains no float64
        and no integer division. The rate is a float32 within 1e-6 of the
        highest rate, and restarts fall on their step up to step 2**31, unless
        the schedule has variables.

        A composed schedule computes in float32 if it, or any schedule inside
        it, requests float32; the outermost decides for everything inside.

        Args:
          precision: "float32"; or "float64", which undoes it here and in the
            schedules inside.

        Returns:
          A schedule of the same class with the same arguments and the same
          variables. Its config has the precision if it is not float64.

        Raises:
          ValueError: if `precision` is neither. If float32 cannot hold the
            schedule, calling it raises.

        >>> from tf_schedules import ExponentialDecay
        >>> schedule = ExponentialDecay(0.5, 2, 0.5).with_precision("float32")
        >>> graph = tf.function(schedule).get_concrete_function(
        ...     tf.TensorSpec([], tf.int64)
        ... )
        >>> any(
        ...     tensor.dtype == tf.float64
        ...     for operation in graph.graph.get_operations()
        ...     for tensor in operation.outputs
        ... )
        False
        >>> schedule(2).numpy().item()
        0.25

        Source: https://ai.google.dev/edge/litert/conversion/tensorflow/
        ops_compatibility
        """
        OneOf(PRECISIONS).check("precision", precision)

        def same(argument: Any) -> Any:
            if precision == "float64" and isinstance(argument, Precise):
                return argument.with_precision(precision)
            return argument

        copy = self._changed(same)
        copy._precision = precision
        return copy

    def _exported_in(self: _Precise, precision: str) -> _Precise:
        """A copy in a precision; its saved config stays the original."""

        def same(argument: Any) -> Any:
            if isinstance(argument, Precise):
                return argument._exported_in(precision)
            return argument

        copy = self._changed(same)
        copy._precision = precision
        if self._has_config:
            copy._saved_config = json.dumps(registry.to_json(self))
        return copy
