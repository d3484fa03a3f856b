"""The base class: a schedule is a pure function of the step.

The only place that knows dtypes, tracing and what a schedule puts into a
SavedModel.
"""

import functools
import inspect
import json
import re
from typing import TYPE_CHECKING, Any, final

import tensorflow as tf

from tf_schedules.core import (
    arguments,
    flavour,
    hyperparameter,
    registry,
    replicas,
    steps,
    tracing,
)
from tf_schedules.core.configured import Configured
from tf_schedules.numerics.numerics import Ticks, real, settled
from tf_schedules.numerics.precision import working_dtype, working_in

if TYPE_CHECKING:
    import tensorflow_probability as tfp

# What a restored schedule is called with, in the order of being tried.
_STEP_DTYPES = (tf.int64, tf.float64, tf.int32, tf.float32)


class Schedule(Configured, tf.Module, flavour.keras_schedule_class()):
    """A learning rate as a pure function of the optimizer step.

    At once a `tf.Module`, a `tf.keras` learning-rate schedule and, by
    `tf.saved_model.save`, a SavedModel with a serving signature. A subclass
    stores its checked arguments under their own names and defines `_formula`.

    Args:
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if `name` is neither.
    """

    # Whether a config makes the schedule again, wherever it is read.
    _is_made_from_its_config = True
    # What it is traced in. In float32 the rate is one too.
    _working_dtype = tf.float64

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        signature = inspect.signature(cls.__init__)
        cls._arguments = tuple(signature.parameters)[1:]
        registry.register(cls)

    def __init__(self, name: str | None = None):
        if not self._arguments:
            raise TypeError(
                "Schedule must be subclassed; got the base class itself. Use "
                "one of the classes of this package, or define _formula."
            )
        if not isinstance(name, str | None):
            raise TypeError(
                f"name must be a string or None; got {name!r}. Pass text."
            )
        # A config's name may be any text; a module's, which names operations,
        # is an identifier that starts with a letter.
        self._given_name = name
        text = name or type(self).__name__
        scope = re.sub(r"\W", "_", text, flags=re.ASCII)
        if not scope[:1].isalpha():
            scope = f"Schedule{scope}"
        super().__init__(name=scope)

    @property
    def name(self) -> str | None:
        """The name as it was given."""
        return self._given_name

    @final
    def __call__(self, step=None) -> tf.Tensor:
        """The learning rate at `step`.

        Args:
          step: the number of optimizer updates already applied: a number, a
            NumPy array, a tensor or a variable of any shape and of any
            integer or floating dtype. A step below 0 counts as 0.

        Returns:
          A tensor of `self.dtype` in the shape of `step`; NaN where the step
          is NaN.

        Raises:
          TypeError: if `step` is neither whole nor real, or if there is none.
          ValueError: if `step` is the counter of an optimizer of Keras 3 that
            was made outside of the strategy that trains.
        """
        replicas.check_counter(step)
        step = steps.as_step(step)
        if tf.executing_eagerly():
            return self._eager_function(step.dtype)(step)
        return self._evaluate(step)

    def at(self, step: tf.Variable) -> "tfp.util.DeferredTensor":
        """The rate at a step that is a variable, as a live tensor.

        Its value is the rate at the step that the variable has when it is
        read: a scale, a temperature or a step size that follows a schedule.

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

    def _formula(self, step: tf.Tensor, **hyperparameters: Any) -> tf.Tensor:
        """The learning rate as working_dtype(), a scalar if it is constant.

        Args:
          step: int64 or working_dtype(), of any shape, finite and not
            negative.
          **hyperparameters: every argument but the name, under its own name
            and read once: a Python number, bool or string as it is; a tensor
            or a variable as a working_dtype() or int64 tensor.
        """
        raise NotImplementedError

    @final
    def _compute(self, step: tf.Tensor) -> tf.Tensor:
        """The rate unrounded, in the shape of the step or a scalar.

        What schedules that are made of schedules call, so that a rate is
        rounded once.
        """
        return settled(self._unrounded(step))

    def _unrounded(self, step):
        with tf.name_scope(self._name):
            values = {
                name: arguments.read(self._argument(name))
                for name in self._arguments
                if name != "name"
            }
            # Fractions are a matter of this package's own formulas.
            is_ours = type(self).__module__.startswith("tf_schedules.")
            if isinstance(step, Ticks) and not is_ours:
                step = real(step)
            rate = self._formula(steps.bounded(step), **values)
            return tf.convert_to_tensor(rate, working_dtype())

    @final
    def _evaluate(self, step: tf.Tensor) -> tf.Tensor:
        if step.dtype.is_floating:
            step = tf.cast(step, self._working_dtype)
        with working_in(self._working_dtype):
            rate = self._unrounded(step)
        if step.dtype.is_floating:
            rate = tf.where(tf.math.is_nan(step), step, rate)
        if self._working_dtype == tf.float64:
            rate = tf.cast(rate, self.dtype)
        if rate.shape.rank == 0 and step.shape.rank != 0:
            rate = tf.fill(tf.shape(step), rate)
        return rate

    def _eager_function(self, dtype):
        whole = dtype == tf.int64
        function = self._at_whole_step if whole else self._at_real_step
        if tf.distribute.has_strategy():
            return function  # each replica may need a trace of its own
        # The fastest call is kept out of what TensorFlow tracks and copies.
        cache = vars(self).setdefault("_eager_functions", {})
        if dtype not in cache:
            with tf.init_scope():
                concrete = function.get_concrete_function()
            # Of a whole step and constants nothing can be differentiated, so
            # the bare operation does, at a tenth of the price of a call.
            bare = whole and not concrete.captured_inputs
            cache[dtype] = tracing.bare_call(concrete) if bare else concrete
        return cache[dtype]

    @tracing.traced(None, tf.int64)
    def _at_whole_step(self, step):
        return self._evaluate_flat(step)

    @tracing.traced(None, tf.float64)
    def _at_real_step(self, step):
        return self._evaluate_flat(step)

    def _evaluate_flat(self, step):
        # As a vector, whatever the shape: TensorFlow's graph optimizer then
        # makes of it what it makes of the signature, with the same bits.
        flat = self._evaluate(tf.reshape(step, [-1]))
        return tf.reshape(flat, tf.shape(step))

    # NumPy leaves the product of a number and a schedule to the schedule.
    __array_ufunc__ = None

    def __mul__(self, other) -> "Schedule":
        """The product with a schedule, or with a number or tensor."""
        # By name, because these classes are made of this one.
        if isinstance(other, Schedule):
            return registry.class_named("Product")((self, other))
        return registry.class_named("Scaled")(self, other)

    __rmul__ = __mul__

    # --- SavedModel ------------------------------------------------------

    @tracing.traced([None], tf.int64)
    def _default_save_signature(self, step):
        # TensorFlow exports a function of this name as `serving_default`.
        return {"learning_rate": self._evaluate(step)}

    @tracing.traced([], tf.int64)
    def _scalar_signature(self, step):
        return {"learning_rate": self._evaluate_flat(step)}

    @functools.partial(tf.function, autograph=False)
    def _restored_call(self, step):
        with working_in(self._working_dtype):
            return self._evaluate_flat(steps.as_step(step))

    def signatures(self) -> dict[str, Any]:
        """What `tf.saved_model.save` takes as `signatures`, for serving.

        Returns:
          `serving_default` for a batch of steps and `scalar` for one, both
          from `step` (int64) to `{"learning_rate": ...}`.
        """
        functions = self._default_save_signature, self._scalar_signature
        return {
            name: function.get_concrete_function()
            for name, function in zip(
                ("serving_default", "scalar"), functions, strict=True
            )
        }

    def _trackable_children(self, save_type="checkpoint", **kwargs):
        children = super()._trackable_children(save_type, **kwargs)
        if save_type != "savedmodel":
            return children
        for dtype in _STEP_DTYPES:
            if dtype.is_integer or dtype.size <= self._working_dtype.size:
                spec = tf.TensorSpec(None, dtype, name="step")
                self._restored_call.get_concrete_function(spec)
        internal = [name for name in children if hasattr(Schedule, name)]
        for name in internal:
            del children[name]
        children["__call__"] = self._restored_call
        children["_default_save_signature"] = self._default_save_signature
        if self._is_made_from_its_config:
            config = json.dumps(registry.to_json(self))
            children["schedule_config"] = tracing.constant_function(config)
        return children
