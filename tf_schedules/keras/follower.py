"""A `tf.keras` callback that makes a number follow a schedule."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import tensorflow as tf

from tf_schedules.core import Schedule, as_schedule, hyperparameter, values
from tf_schedules.keras.callback import NotCopied, OptimizerCallback
from tf_schedules.keras.optimizers import counter_of


class ScheduleHyperparameter(OptimizerCallback):
    """Makes an optimizer's attribute, or a variable, follow a schedule.

    The optimizer reads an attribute such as `weight_decay` or `beta_1` at every
    update, in compiled code too; between training batches the attribute is the
    current number. The callback assigns to a variable before every batch (with
    `steps_per_execution`, before every execution).

    A copy of the callback drives the same variable. A pickle can hold neither
    a target variable nor optimizers.

    Args:
      target: the name of a numeric attribute of the optimizer, or a variable.
      schedule: a schedule of this package or of Keras, or a number.
      optimizers: a dict from names to optimizers; None for all of the model's
        that have such a number. A variable follows the steps of one optimizer.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: when training begins, if a named optimizer, or every optimizer
        of the model, lacks such a number; or if a variable could follow
        several optimizers.

    >>> from tf_schedules import ExponentialDecay
    >>> optimizer = tf.keras.optimizers.AdamW(0.1, weight_decay=0.5)
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile(optimizer, "mse")
    >>> follow = ScheduleHyperparameter(
    ...     "weight_decay", ExponentialDecay(0.5, 1, 0.5))
    >>> _ = model.fit(
    ...     tf.zeros([2, 1]), tf.zeros([2, 1]), batch_size=1, verbose=0,
    ...     callbacks=[follow])
    >>> optimizer.weight_decay
    0.125

    Source: Loshchilov & Hutter, Decoupled Weight Decay Regularization,
    https://arxiv.org/abs/1711.05101.
    """

    _of_one_fit: ClassVar[Mapping[str, Any]] = {
        **OptimizerCallback._of_one_fit,
        "_followers": (),
    }

    def __init__(
        self,
        target: Any,
        schedule: Schedule | float,
        optimizers: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(optimizers)
        if not (isinstance(target, str) or hasattr(target, "assign")):
            raise TypeError(
                "target must be the name of an attribute or a variable; got "
                f"{values.describe(target)}. Pass, for example, "
                "'weight_decay'."
            )
        self._target: Any = target
        if not isinstance(target, str):
            self._target = NotCopied(target, "target")
        self._schedule = as_schedule("schedule", schedule)
        # The optimizers, each with the value that replaces its number.
        self._followers: Sequence[tuple[Any, Any]] = ()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds the attribute, and makes the model recompile with it."""
        optimizers = self.optimizers()
        if isinstance(self._target, NotCopied):
            if len(optimizers) > 1:
                raise ValueError(
                    "optimizers must name the one whose steps a variable "
                    f"follows; got {', '.join(optimizers)}. Pass, for example, "
                    f"optimizers={{{next(iter(optimizers))!r}: ...}}."
                )
            self._followers = [(o, None) for o in optimizers.values()]
            return
        problems = {
            name: self._problem(name, optimizer)
            for name, optimizer in optimizers.items()
        }
        wrong = [problem for problem in problems.values() if problem]
        if wrong and (self._named is not None or len(wrong) == len(problems)):
            raise ValueError("\n".join(wrong))
        self._followers = [
            (o, hyperparameter.attribute(self._schedule, counter_of(o)))
            for name, o in optimizers.items()
            if not problems[name]
        ]
        # Compiled functions hold the number as a constant.
        self.model.make_train_function(force=True)

    def _problem(self, name: str, optimizer: Any) -> str | None:
        """The reason a schedule cannot replace the number, or None."""
        kind = f"{type(optimizer).__name__} (the optimizer {name!r})"
        if not hasattr(optimizer, self._target):
            return (
                f"target must be an attribute of {kind}; got {self._target!r}, "
                "which it does not have. See its arguments."
            )
        value = getattr(optimizer, self._target)
        if hyperparameter.is_attribute(value):
            # An interrupted batch leaves the live value behind.
            value = float(tf.convert_to_tensor(value))
            object.__setattr__(optimizer, self._target, value)
        if self._target == "momentum" and value == 0:
            return (
                "target must not be a momentum of 0, for which an optimizer "
                f"keeps no variables; got 'momentum' of {kind}. Give the "
                "optimizer a nonzero momentum first."
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            return (
                f"target must be an attribute of {kind} that is a number; got "
                f"{self._target!r}, which is {value!r}. Give the optimizer a "
                "number first."
            )
        return None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the last number, and compiles anew without the schedule."""
        if isinstance(self._target, str):
            self.model.make_train_function(force=True)

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Puts the schedule in the place of the number."""
        for optimizer, live in self._followers:
            if live is not None:
                # Without the optimizer's bookkeeping, which is for variables.
                object.__setattr__(optimizer, self._target, live)
            else:
                variable = self._target.value
                value = self._schedule(counter_of(optimizer))
                variable.assign(tf.cast(value, variable.dtype))

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Puts the number back, which is what can be saved and read."""
        for optimizer, live in self._followers:
            if live is not None:
                value = float(self._schedule(counter_of(optimizer)))
                object.__setattr__(optimizer, self._target, value)
