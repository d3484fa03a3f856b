"""The base class: a schedule is a pure function of the step.

Only this module knows dtypes, tracing and the contents of a SavedModel.
"""

import functools
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, final

import tensorflow as tf
from typing_extensions import dataclass_transform

from tf_schedules.core import (
    hyperparameter,
    registry,
    replicas,
    rules,
    steps,
    tracing,
    values,
)
from tf_schedules.core.flavour import KerasModule
from tf_schedules.core.operators import Operators
from tf_schedules.core.precise import Precise
from tf_schedules.numerics import (
    PRECISIONS,
    Arithmetic,
    Step,
    optimization_barrier,
)

if TYPE_CHECKING:
    import tensorflow_probability as tfp

# The step dtypes that a restored schedule accepts, in the order it tries them.
_STEP_DTYPES = (tf.int64, tf.float64, tf.int32, tf.float32)


def _whole(step: Step) -> tf.Tensor:
    return step.floor().count


@dataclass_transform(frozen_default=True)
class Schedule(Precise, Operators["Schedule"], KerasModule):
    """A learning rate as a pure function of the optimizer step.

    It is a `tf.Module`, a `tf.keras` learning-rate schedule and, through
    `tf.saved_model.save`, a SavedModel with a serving signature. A subclass
    declares its arguments as fields and defines `_formula`.

    Args:
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if `name` is neither.
    """

    # Turns the step into a formula's argument: by default a real tensor.
    _view: ClassVar[Any] = staticmethod(Step.real)

    def __init_subclass__(
        cls, *, whole_steps: bool | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.partition(".")[0] == __package__.partition(".")[0]:
            cls._view = staticmethod(lambda step: step)
        elif whole_steps is not None:
            cls._view = staticmethod(_whole if whole_steps else Step.real)
        registry.register(cls)

    def __init__(self, name: str | None = None):
        if type(self) is Schedule:
            raise TypeError(
                "Schedule must be subclassed; got the base class itself. Use "
                "one of the classes of this package, or define _formula."
            )
        rules.NAME.check("name", name)
        # A config's name may be any text. A module's name, which prefixes its
        # operations, must be an identifier that starts with a letter.
        self._given_name = name
        text = name or type(self).__name__
        scope = re.sub(r"\W", "_", text, flags=re.ASCII)
        if not scope[:1].isalpha():
            scope = f"Schedule{scope}"
        super().__init__(name=scope)

    # A subclass that declares fields gets an __init__ for them.
    __init__.takes_fields = True  # type: ignore[attr-defined]

    def _store(self, name: str | None = None, **arguments: Any) -> None:
        """Stores the checked fields of a class."""
        Schedule.__init__(self, name)
        for argument, value in arguments.items():
            setattr(self, argument, value)
        self._check()

    def _check(self) -> None:
        """Checks rules that need more than one argument."""

    @property
    def name(self) -> str | None:
        """The name that was passed."""
        return self._given_name

    @final
    def __call__(self, step: Any = None) -> tf.Tensor:
        """The learning rate at `step`.

        Args:
          step: the number of optimizer updates already applied: a number, a
            NumPy array, a tensor or a variable of any shape and any integer or
            floating dtype. A step below 0 counts as 0.

        Returns:
          A tensor of `self.dtype` in the shape of `step`; NaN where the step
          is NaN.

        Raises:
          TypeError: if `step` is neither whole nor real, or is missing.
          ValueError: if `step` is the counter of a Keras 3 optimizer that was
            made outside the strategy that trains.
        """
        replicas.check_counter(step)
        if tf.executing_eagerly():
            step = steps.as_step(step, tf.float64)
            return self._eager_function(step.dtype)(step)
        return self._evaluate(steps.as_step(step, self._arithmetic.dtype))

    def at(self, step: tf.Variable) -> "tfp.util.DeferredTensor":
        """The rate at a step variable, as a live tensor.

        Each read gives the rate at the variable's current step: a scale, a
        temperature or a step size that follows a schedule.

        Args:
          step: a variable of any integer or floating dtype, such as
            `optimizer.iterations`.

        Returns:
          A `tfp.util.DeferredTensor` of `self.dtype` in the shape of `step`.

        Raises:
          TypeError: if `step` is not a variable.

        >>> from tf_schedules import ExponentialDecay
        >>> step = tf.Variable(0)
        >>> temperature = ExponentialDecay(1.0, 2, 0.5).at(step)
        >>> step.assign(2) is None, float(2.0 * temperature)
        (False, 1.0)

        Source: https://www.tensorflow.org/probability/api_docs/python/tfp/
        util/DeferredTensor
        """
        return hyperparameter.live(self, step)

    def _formula(self, *args: Any, **kwargs: Any) -> Any:
        """The learning rate, a scalar if it is constant.

        Args:
          *args: the step, a finite tensor of any shape, never negative. It is
            float64, or float32 if that is the precision; with `whole_steps`
            it is the step without its fraction, as int64.
          **kwargs: every argument except `name`, under its own name and read
            once: a Python number, bool or string as it is; a tensor or a
            variable as a tensor of int64 or of the real dtype.

        Returns:
          A number, or a tensor of the real dtype.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define _formula; got none. Return "
            "the rate at a step from it."
        )

    @final
    def _compute(self, step: Step) -> tf.Tensor:
        """The unrounded rate, in the shape of the step or a scalar.

        Composed schedules call this, so that a rate is rounded only once.
        """
        return optimization_barrier(self._unrounded(step))

    def _unrounded(self, step: Step) -> tf.Tensor:
        dtype = step.arithmetic.dtype
        with tf.name_scope(self._name):
            arguments = {
                name: values.read(self._argument(name), dtype)
                for name in self._arguments
                if name != "name"
            }
            try:
                rate = self._formula(self._view(step), **arguments)
                if tf.is_tensor(rate) and rate.dtype != dtype:
                    raise TypeError(
                        f"the formula of {type(self).__name__} must return "
                        f"{dtype.name}, as its step is; got "
                        f"{rate.dtype.name}. Return tf.cast(rate, step.dtype)."
                    )
            except (TypeError, tf.errors.InvalidArgumentError) as error:
                if dtype == tf.float64:
                    raise
                raise ValueError(
                    "precision must be 'float64' for a schedule whose formula "
                    "comes from another package and makes tensors other than "
                    f"float32; got {type(self).__name__}: {error}"
                ) from error
            return tf.convert_to_tensor(rate, dtype)

    @property
    def _arithmetic(self) -> Arithmetic:
        return PRECISIONS[self._precision_of_all()]

    @final
    def _evaluate(self, step: tf.Tensor) -> tf.Tensor:
        # Only this line chooses the precision that a schedule is traced in.
        arithmetic = self._arithmetic
        if step.dtype.is_floating:
            step = tf.cast(step, arithmetic.dtype)
        rate = self._unrounded(Step.of(step, arithmetic))
        if step.dtype.is_floating:
            rate = tf.where(tf.math.is_nan(step), step, rate)
        rate = tf.cast(rate, self.dtype)
        if rate.shape.rank == 0 and step.shape.rank != 0:
            rate = tf.fill(tf.shape(step), rate)
        return rate

    def _eager_function(
        self, dtype: tf.DType
    ) -> Callable[[tf.Tensor], tf.Tensor]:
        is_whole = dtype == tf.int64
        function = self._at_whole_step if is_whole else self._at_real_step
        if tf.distribute.has_strategy():
            return function  # each replica may need its own trace
        # TensorFlow must neither track nor copy the cached calls.
        cache = vars(self).setdefault("_eager_functions", {})
        # Keys are names, because TensorFlow sorts every dictionary's keys.
        if dtype.name not in cache:
            with tf.init_scope():
                concrete = function.get_concrete_function()
            cache[dtype.name] = tracing.fast_call(concrete)
        return cache[dtype.name]

    @tracing.traced(None, tf.int64)
    def _at_whole_step(self, step: tf.Tensor) -> tf.Tensor:
        return self._evaluate_flat(step)

    @tracing.traced(None, tf.float64)
    def _at_real_step(self, step: tf.Tensor) -> tf.Tensor:
        return self._evaluate_flat(step)

    def _evaluate_flat(self, step: tf.Tensor) -> tf.Tensor:
        # As a vector, whatever the shape, TensorFlow's graph optimizer treats
        # it like the serving signature, so both give the same bits.
        flat = self._evaluate(tf.reshape(step, [-1]))
        return tf.reshape(flat, tf.shape(step))

    # --- SavedModel ------------------------------------------------------

    @tracing.traced([None], tf.int64)
    def _default_save_signature(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        # TensorFlow exports a function of this name as `serving_default`.
        return {"learning_rate": self._evaluate(step)}

    @tracing.traced([], tf.int64)
    def _scalar_signature(self, step: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"learning_rate": self._evaluate_flat(step)}

    @functools.partial(tf.function, autograph=False)
    def _restored_call(self, step: tf.Tensor) -> tf.Tensor:
        return self._evaluate_flat(steps.as_step(step, self._arithmetic.dtype))

    def signatures(self) -> dict[str, Any]:
        """The `signatures` argument of `tf.saved_model.save`, for serving.

        Returns:
          `serving_default` for a batch of steps and `scalar` for one step;
          both map `step` (int64) to `{"learning_rate": ...}`.
        """
        functions = self._default_save_signature, self._scalar_signature
        return {
            name: function.get_concrete_function()
            for name, function in zip(
                ("serving_default", "scalar"), functions, strict=True
            )
        }

    def _trackable_children(
        self, save_type: str = "checkpoint", **kwargs: Any
    ) -> dict[str, Any]:
        children = super()._trackable_children(save_type, **kwargs)
        if save_type != "savedmodel":
            return children
        for dtype in _STEP_DTYPES:
            if dtype.is_integer or dtype.size <= self._arithmetic.dtype.size:
                spec = tf.TensorSpec(None, dtype, name="step")
                self._restored_call.get_concrete_function(spec)
        internal = [name for name in children if hasattr(Schedule, name)]
        for name in internal:
            del children[name]
        children["__call__"] = self._restored_call
        children["_default_save_signature"] = self._default_save_signature
        if self._has_config:
            own = json.dumps(registry.to_json(self))
            config = tracing.constant_function(self._saved_config or own)
            children["schedule_config"] = config
        return children
