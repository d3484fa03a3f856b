"""Any function of the step as a schedule."""

from typing import Annotated, Any, final

import tensorflow as tf

from tf_schedules.core import Name, Schedule, functions, registry, rules


@final
class FromFunction(Schedule):
    """Any function of the step as a schedule, a schedule of Keras included.

    ```
    rate = function(step)
    ```

    Wherever a schedule is expected a function will do, and becomes one of
    these: `Warmup(lambda step: ..., 100)`.

    Args:
      function: takes the step as Keras passes it, a scalar int64 tensor, and
        returns the rate, a floating scalar, by operations of TensorFlow
        alone. A fraction of a step is dropped. It is traced, and has to give
        the same rate at the same step. A tensor of steps is given to it
        whole where nothing but elementwise operations is in its graph, else
        one by one. The variables that it reads are the schedule's.
      dtype: the dtype of the schedule: "float16", "bfloat16", "float32" or
        "float64". What the function returns is rounded to it; it can be no
        more exact than the function.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if `function` is no such function.
      ValueError: if `dtype` is none of these.

    >>> FromFunction(lambda step: 1.0 / (1.0 + tf.cast(step, tf.float32)))(
    ...     [0, 1, 3]
    ... ).numpy().tolist()
    [1.0, 0.5, 0.25]

    Source: `tf.keras.optimizers.schedules.LearningRateSchedule`, TensorFlow's
    documentation.
    """

    function: Annotated[functions.Function, functions.FUNCTION]
    dtype: Annotated[Any, rules.DTYPE] = "float32"
    name: Name = "FromFunction"

    _rate_argument = ""

    def _store(
        self, name: str | None = None, *, dtype: Any = None, **arguments: Any
    ) -> None:
        traced = functions.trace(arguments["function"])
        super()._store(name, **arguments)
        self._dtype, self._traced = dtype, traced
        # So that TensorFlow finds those that a function has somewhere else.
        self._variables = traced.variables

    @property
    def _rate_dtype(self) -> tf.DType:
        return tf.as_dtype(self._dtype)

    def _argument(self, name: str) -> Any:
        return self._dtype if name == "dtype" else super()._argument(name)

    @property
    def _has_config(self) -> bool:
        return registry.is_registered(functions.original(self.function))

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values.

        Raises:
          ValueError: if `function` is no schedule that is registered with
            Keras.
        """
        original = functions.original(self.function)
        function = registry.registered_to_json(original)
        config = super().get_config() | {"function": function}
        if config["dtype"] == "float32":
            del config["dtype"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The schedule that `get_config` described.

        Raises:
          ValueError: if its function is not registered with Keras.
        """
        function = registry.keras_schedule(config.get("function"))
        return super().from_config({**config, "function": function})

    def _formula(self, step, function, dtype):
        whole, real = step.floor().count, step.arithmetic.dtype
        is_elementwise = self._traced.is_elementwise
        return functions.rates_of(function, whole, real, is_elementwise)
