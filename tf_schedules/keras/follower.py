"""A callback of `tf.keras` that lets a number follow a schedule."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import tensorflow as tf

from tf_schedules.core import hyperparameter, values
from tf_schedules.core.conversion import as_schedule
from tf_schedules.core.schedule import Schedule
from tf_schedules.keras.callback import NotCopied, OptimizerCallback
from tf_schedules.keras.optimizers import counter_of


class ScheduleHyperparameter(OptimizerCallback):
    """Lets an attribute of the optimizer, or a variable, follow a schedule.

    An attribute such as `weight_decay` or `beta_1` is read at every update,
    in compiled code too, and outside of a training batch is the number that
    it is then. A variable is assigned to before every batch (with
    `steps_per_execution`, before every execution).

    A copy of the callback drives the same variable. A pickle cannot hold one
    that is a target, nor optimizers.

    Args:
      target: the name of an attribute of the optimizer that is a number, or a
        variable.
      schedule: a schedule of this package or of Keras, or a number.
      optimizers: a dict from names to optimizers; None for all of the model's
        that have such a number. A variable follows the steps of one.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if, when training begins, an optimizer that is named, or
        every one of the model, has no such number; or if a variable could
        follow several.

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
                f"{values.describe(target)}. Pass for example "
                "'weight_decay'."
            )
        self._target: Any = target
        if not isinstance(target, str):
            self._target = NotCopied(target, "target")
        self._schedule = as_schedule("schedule", schedule)
        # The optimizers, with what takes the place of the number in each.
        self._followers: Sequence[tuple[Any, Any]] = ()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds the attribute, and lets the model compile anew with it."""
        optimizers = self.optimizers()
        if isinstance(self._target, NotCopied):
            if len(optimizers) > 1:
                raise ValueError(
                    "optimizers must name the one whose steps a variable "
                    f"follows; got {', '.join(optimizers)}. Pass for example "
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
        # For functions that have the number as a constant.
        self.model.make_train_function(force=True)

    def _problem(self, name: str, optimizer: Any) -> str | None:
        """Why a schedule cannot take the place of the number, if it cannot."""
        kind = f"{type(optimizer).__name__} (the optimizer {name!r})"
        if not hasattr(optimizer, self._target):
            return (
                f"target must be an attribute of {kind}; got {self._target!r}, "
                "which it does not have. See its arguments."
            )
        value = getattr(optimizer, self._target)
        if hyperparameter.is_attribute(value):
            # What a batch that was interrupted has left.
            value = float(tf.convert_to_tensor(value))
            object.__setattr__(optimizer, self._target, value)
        if self._target == "momentum" and value == 0:
            return (
                "target must not be a momentum of 0, for which an optimizer "
                f"keeps no variables; got 'momentum' of {kind}. Give the "
                "optimizer another one to begin with."
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            return (
                f"target must be an attribute of {kind} that is a number; got "
                f"{self._target!r}, which is {value!r}. Give the optimizer a "
                "number to begin with."
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
