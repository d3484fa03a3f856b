"""A `tf.keras` callback that makes a number follow a schedule."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from tf_schedules.core import Schedule, as_schedule, hyperparameter, values
from tf_schedules.keras.callback import NotCopied, OptimizerCallback
from tf_schedules.keras.optimizers import counter_of, innermost

# The layers whose number cannot be a tensor.
_PYTHON_ONLY = ("GaussianDropout", "LeakyReLU")


class ScheduleHyperparameter(OptimizerCallback):
    """Makes an attribute of an optimizer or a layer, or a variable, follow.

    The optimizer reads an attribute such as `weight_decay` or `beta_1` at every
    update, and a layer one such as a dropout's `rate` at every call, in
    compiled code too; between batches the attribute is the current number. The
    callback assigns to a variable before every batch (with
    `steps_per_execution`, before every execution).

    A copy of the callback drives the same variable and layers. A pickle can
    hold neither those nor optimizers.

    Args:
      target: the name of a numeric attribute of the optimizer or of `layers`,
        or a variable.
      schedule: a schedule of this package or of Keras, or a number.
      optimizers: a dict from names to optimizers; None for all of the model's
        that have such a number. A variable and layers follow the steps of one
        optimizer.
      layers: a sequence of layers of the model, or of other objects that it
        calls, whose attribute follows in place of the optimizers'; None for the
        optimizers.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: when training begins, if a named optimizer, every optimizer
        of the model, or a layer lacks such a number; or if a variable or
        layers could follow several optimizers.

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
        layers: Sequence[Any] | None = None,
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
        self._layers = None
        if layers is not None:
            self._layers = NotCopied(self._checked(layers), "layers")
        self._schedule = as_schedule("schedule", schedule)
        # Each object with the value that replaces its number, or None, and the
        # optimizer whose steps it follows.
        self._followers: Sequence[tuple[Any, Any, Any]] = ()

    def _checked(self, layers: Any) -> list[Any]:
        if not isinstance(layers, list | tuple) or not layers:
            raise TypeError(
                "layers must be a list or a tuple of layers; got "
                f"{values.describe(layers)}. Pass, for example, [dropout]."
            )
        if not isinstance(self._target, str):
            raise TypeError(
                "target must be the name of an attribute if layers are given; "
                "got a variable. Leave layers out."
            )
        return list(layers)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds the attribute, and makes the model recompile with it."""
        optimizers = self.optimizers()
        if isinstance(self._target, NotCopied):
            self._followers = [(None, None, self._only(optimizers))]
            return
        owners = {f"the optimizer {n!r}": (o, o) for n, o in optimizers.items()}
        may_lack = self._named is None
        if self._layers is not None:
            clock = self._only(optimizers)
            owners = {
                f"layers[{i}]": (layer, clock)
                for i, layer in enumerate(self._layers.value)
            }
            may_lack = False
        problems = {
            name: self._problem(name, owner)
            for name, (owner, _) in owners.items()
        }
        wrong = [problem for problem in problems.values() if problem]
        if wrong and not (may_lack and len(wrong) < len(problems)):
            raise ValueError("\n".join(wrong))
        self._followers = [
            (owner, self._live(clock), clock)
            for name, (owner, clock) in owners.items()
            if not problems[name]
        ]
        self._recompile()

    def _live(self, optimizer: Any) -> Any:
        return hyperparameter.attribute(self._schedule, counter_of(optimizer))

    def _recompile(self) -> None:
        """Makes functions anew; compiled ones hold a number as a constant."""
        self.model.make_train_function(force=True)
        if self._layers is not None:
            self.model.make_test_function(force=True)
            self.model.make_predict_function(force=True)

    def _only(self, optimizers: dict[str, Any]) -> Any:
        """The optimizer whose steps count; all parts of one are in step."""
        whole = innermost(getattr(self.model, "optimizer", None))
        others = getattr(whole, "optimizers", ())[1:]
        names = [
            name
            for name, optimizer in optimizers.items()
            if not any(optimizer is other for other in others)
        ]
        if len(names) > 1:
            raise ValueError(
                "optimizers must name the one whose steps are followed; got "
                f"{', '.join(names)}. Pass, for example, "
                f"optimizers={{{names[0]!r}: ...}}."
            )
        return optimizers[(names or list(optimizers))[0]]

    def _problem(self, name: str, owner: Any) -> str | None:
        """The reason a schedule cannot replace the number, or None."""
        kind = f"{type(owner).__name__} ({name})"
        if type(owner).__name__ in _PYTHON_ONLY:
            return (
                "layers must read the number as a tensor; got "
                f"{self._target!r} of {kind}, which needs it in Python. Write "
                "a layer that reads a variable, and let that be the target."
            )
        if not hasattr(owner, self._target):
            return (
                f"target must be an attribute of {kind}; got {self._target!r}, "
                "which it does not have. See its arguments."
            )
        value = getattr(owner, self._target)
        if hyperparameter.is_attribute(value):
            # An interrupted batch leaves the live value behind.
            value = float(tf.convert_to_tensor(value))
            object.__setattr__(owner, self._target, value)
        # Users set such scalars; regularizers of older Keras hold them.
        if (
            isinstance(value, np.number | np.ndarray | tf.Tensor)
            and not value.ndim
        ):
            value = float(value)
        lacks_generator = hasattr(owner, "seed") and not any(
            hasattr(owner, name)
            for name in ("seed_generator", "_random_generator")
        )
        if lacks_generator and value == 0:
            return (
                "target must not have been 0 when the layer was made: Keras "
                "gives such a layer no generator of random numbers; got "
                f"{self._target!r} of {kind}. Make it with another number."
            )
        is_of_optimizer = self._layers is None
        if is_of_optimizer and self._target == "momentum" and value == 0:
            return (
                "target must not be a momentum of 0, for which an optimizer "
                f"keeps no variables; got 'momentum' of {kind}. Give the "
                "optimizer a nonzero momentum first."
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            return (
                f"target must be an attribute of {kind} that is a number; got "
                f"{self._target!r}, which is {value!r}. Give it a number first."
            )
        return None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the last number, and compiles anew without the schedule."""
        if isinstance(self._target, str):
            self._recompile()

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Puts the schedule in the place of the number."""
        for owner, live, optimizer in self._followers:
            if live is not None:
                # Without the owner's bookkeeping, which is for variables.
                object.__setattr__(owner, self._target, live)
            else:
                variable = self._target.value
                value = self._schedule(counter_of(optimizer))
                variable.assign(tf.cast(value, variable.dtype))

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Puts the number back, which is what can be saved and read."""
        for owner, live, optimizer in self._followers:
            if live is not None:
                value = float(self._schedule(counter_of(optimizer)))
                object.__setattr__(owner, self._target, value)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keeps the schedule in place while a model in training is tested."""
        if self._layers is not None:
            self.on_train_batch_begin(0)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Puts the number back."""
        if self._layers is not None:
            self.on_train_batch_end(0)
