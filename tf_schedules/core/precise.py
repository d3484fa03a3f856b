"""In what precision a schedule calculates."""

import json
from typing import Any, TypeVar

from tf_schedules.core import registry
from tf_schedules.core.configured import Configured
from tf_schedules.core.rules import OneOf
from tf_schedules.numerics import PRECISIONS

_Precise = TypeVar("_Precise", bound="Precise")


class Precise(Configured):
    """What can be asked to calculate in another precision."""

    # What a SavedModel has for a config, if not the schedule's own.
    _saved_config: str | None = None

    def with_precision(self: _Precise, precision: str) -> _Precise:
        """The same schedule, calculating in float64 or in float32.

        float32 is for graphs that are run without float64, such as a training
        step that `tf.lite.TFLiteConverter` converts: there is no float64 and
        no division of integers in what is traced. The rate is a float32 within
        1e-6 of the highest one, and restarts are on their step up to step
        2**31, unless there are variables.

        A schedule of schedules calculates in float32 if it, or any schedule
        that it is made of, was asked to; the outermost decides for all that
        is inside.

        Args:
          precision: "float32"; or "float64", which undoes it here and in the
            schedules that it is made of.

        Returns:
          A schedule of the same class and arguments, variables being the same
          variables. Its config has the precision where it is not float64.

        Raises:
          ValueError: if `precision` is neither. Where float32 cannot hold the
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
        """A copy, and of its parts; files describe them as they are."""

        def same(argument: Any) -> Any:
            if isinstance(argument, Precise):
                return argument._exported_in(precision)
            return argument

        copy = self._changed(same)
        copy._precision = precision
        if self._has_config:
            copy._saved_config = json.dumps(registry.to_json(self))
        return copy
