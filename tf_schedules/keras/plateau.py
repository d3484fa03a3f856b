"""A `tf.keras` callback that lowers the rate on a plateau."""

import warnings
from typing import Any

from tf_schedules.core import rules, values
from tf_schedules.keras.callback import OptimizerCallback
from tf_schedules.keras.optimizers import rate_of, step_of
from tf_schedules.keras.plateau_state import PlateauState
from tf_schedules.schedules import Adjustable, Scaled

_EPOCHS = "Pass a number of epochs such as 5."


def _epochs(name: str, value: Any) -> int:
    return int(values.plain(rules.COUNT.check(name, value, _EPOCHS)))


class ReduceOnPlateau(OptimizerCallback):
    """Lowers the rate of an `Adjustable` when a metric stops improving.

    ```
    if there was no improvement for patience epochs:
      rate = max(rate * factor, min_lr) from the next step on
    ```

    Keras's `ReduceLROnPlateau` for schedules. Each reduction is an edit of the
    schedule; `state` holds the best value and the counts. Each `fit` starts
    with a fresh state, as in Keras, unless the state was restored after the
    previous `fit`, from
    `tf.train.Checkpoint(optimizer=..., plateau=callback.state)` or through
    `model.plateau = ScheduleWeights(callback.state)`. A resumed run then
    continues as if there had been no break. List this callback before
    callbacks that save the model.

    Args:
      monitor: the name in the logs to watch.
      factor: the number to multiply the rate by: a Python number from 0 to
        below 1.
      patience: how many epochs without improvement to wait: a whole Python
        number of at least 0.
      verbose: 1 to print a line for each reduction; 0 for none.
      mode: `min` or `max`, whichever is better, or `auto`: `max` for names
        with `acc` or `auc`.
      min_delta: the change that an improvement must exceed: a Python number
        of at least 0.
      cooldown: how many epochs to wait after a reduction: a whole Python
        number of at least 0.
      min_lr: the lowest rate of an `Adjustable`: a Python number of at least 0.
      optimizers: a dict from names to optimizers, each with an `Adjustable` or
        a multiple of one, which `layer_wise` makes; None for all of the
        model's that have one.

    Raises:
      TypeError: if an argument is of the wrong type, or, when training
        begins, if the rate is not an `Adjustable`.
      ValueError: if an argument is out of range, or, when training begins, if
        the schedule has edits at future steps.

    >>> callback = ReduceOnPlateau("loss", factor=0.5, patience=2)
    >>> int(callback.state.wait)
    0

    Source: `tf.keras.callbacks.ReduceLROnPlateau`, TensorFlow's
    documentation.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        optimizers: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(optimizers)
        if rules.UNIT_INTERVAL.check("factor", factor) == 1:
            raise ValueError(
                f"factor must be from 0 to below 1; got {factor!r}. Pass 0.1."
            )
        rules.OneOf(("auto", "min", "max")).check("mode", mode)
        if mode == "auto":
            grows = "acc" in monitor or "auc" in monitor.lower()
            mode = "max" if grows else "min"
        self._sign = 1 if mode == "max" else -1
        self._monitor = monitor
        self._factor = factor
        self._patience = _epochs("patience", patience)
        is_flag = isinstance(verbose, bool)
        self._is_verbose = (
            verbose
            if is_flag
            else rules.COUNT.check("verbose", verbose, "Pass 0 or 1.") > 0
        )
        self._min_delta = rules.NON_NEGATIVE.check("min_delta", min_delta)
        self._cooldown = _epochs("cooldown", cooldown)
        self._min_lr = rules.NON_NEGATIVE.check(
            "min_lr", min_lr, "Pass a rate such as 0.001."
        )
        self._has_begun = False
        self.state = PlateauState(-self._sign * float("inf"))

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Refuses an optimizer whose rate cannot be adjusted."""
        self._schedules()
        self._has_begun = False

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Starts afresh, or continues from a state that was restored."""
        if not self._has_begun:
            self._begin()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Counts epochs without improvement, and lowers the rate."""
        value = (logs or {}).get(self._monitor)
        if value is None:
            warnings.warn(
                f"there is no {self._monitor} in the logs; they have "
                f"{', '.join(logs or {}) or 'nothing'}.",
                stacklevel=2,
            )
        else:
            # A custom training loop may not call on_epoch_begin.
            self.on_epoch_begin(epoch)
            self._count(epoch, float(value))
        if self._has_begun:
            self.state.step.assign(self._steps_taken())

    def _begin(self) -> None:
        self._has_begun = True
        for schedule, optimizers in self._schedules().items():
            edits, step = schedule.edits.rows(), _step(optimizers)
            if edits and edits[-1][0] > step:
                raise ValueError(
                    "the Adjustable must have no edits at future steps; got "
                    f"one at step {edits[-1][0]} when training begins at step "
                    f"{step}. Make a new Adjustable for each model."
                )
        was_restored = self.state.take_mark()
        held, taken = values.plain(self.state.step), self._steps_taken()
        if was_restored and held != taken:
            warnings.warn(
                f"the restored state is of step {held}, and the optimizer's "
                f"step is {taken}. Save both at the end of an epoch and "
                "restore both; list ReduceOnPlateau before callbacks that "
                "save the model.",
                stacklevel=2,
            )
        if not was_restored or held > taken:
            self.state.reset()

    def _count(self, epoch: int, value: float) -> None:
        state = self.state
        if state.cooldown > 0:
            state.cooldown.assign_sub(1)
            state.wait.assign(0)
        gain = self._sign * (value - values.plain(state.best))
        if gain > self._min_delta:
            state.best.assign(value)
            state.wait.assign(0)
        elif state.cooldown == 0:
            state.wait.assign_add(1)
            if state.wait >= self._patience and self._reduce(epoch):
                state.cooldown.assign(self._cooldown)
                state.wait.assign(0)

    def _schedules(self) -> dict[Adjustable, dict[str, Any]]:
        """The schedules to adjust, each with its optimizers by name."""
        found: dict[Adjustable, dict[str, Any]] = {}
        others = {}
        for name, optimizer in self.optimizers().items():
            rate = rate_of(optimizer)
            if isinstance(rate, Scaled):  # as layer_wise makes them
                rate = rate.schedule
            if isinstance(rate, Adjustable):
                found.setdefault(rate, {})[name] = optimizer
            else:
                others[name] = rate
        if others and (self._named is not None or not found):
            got = "; ".join(
                f"{values.describe(rate)} of the optimizer {name!r}"
                for name, rate in others.items()
            )
            raise TypeError(
                "the optimizer's learning rate must be an Adjustable; got "
                f"{got}. Make the optimizer with "
                "tf_schedules.Adjustable(schedule)."
            )
        return found

    def _steps_taken(self) -> int:
        """The total steps of all the optimizers."""
        return sum(
            step_of(optimizer)
            for optimizers in self._schedules().values()
            for optimizer in optimizers.values()
        )

    def _reduce(self, epoch: int) -> bool:
        """Lowers the rates; returns whether any of them could be lowered."""
        schedules = self._schedules()
        lowered = [
            (schedule, optimizers)
            for schedule, optimizers in schedules.items()
            if self._lower(schedule, _step(optimizers))
        ]
        if self._is_verbose:
            for schedule, optimizers in lowered:
                of_several = "/".join(optimizers) + " "
                name = of_several if len(schedules) > 1 else ""
                rate = float(schedule(_step(optimizers)))
                print(
                    f"\nEpoch {epoch + 1}: ReduceOnPlateau reducing {name}"
                    f"learning rate to {rate:.7g}."
                )
        return bool(lowered)

    def _lower(self, schedule: Adjustable, step: int) -> bool:
        rate = float(schedule(step))
        if rate <= self._min_lr * (1 + 1e-6):
            return False
        if len(schedule.edits.rows()) == schedule.edits.capacity:
            warnings.warn(
                "the rate is not lowered, because the schedule already has "
                f"the {schedule.edits.capacity} edits that it can hold; make "
                "it with a larger capacity.",
                stacklevel=2,
            )
            return False
        schedule.scale_from(step, max(self._factor, self._min_lr / rate))
        return True

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"state": self.state.values()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.state = PlateauState(-self._sign * float("inf"))
        self.state.assign(state["state"])


def _step(optimizers: dict[str, Any]) -> int:
    """The first step that none of the optimizers has applied."""
    return max(map(step_of, optimizers.values()))
