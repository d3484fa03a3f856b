"""A callback of `tf.keras` that lowers the rate on a plateau."""

import warnings

import tensorflow as tf

from tf_schedules.core import rules, values
from tf_schedules.keras.callbacks import innermost_optimizer, step_of
from tf_schedules.schedules.adjustable import Adjustable

_EPOCHS = "Pass a number of epochs such as 5."


class PlateauState(tf.Module):
    """What a plateau is told by, as variables for a checkpoint."""

    def __init__(self, best: float):
        super().__init__(name="plateau")

        def variable(value, dtype, name):
            return tf.Variable(value, trainable=False, dtype=dtype, name=name)

        self.best = variable(best, tf.float64, "best")
        self.wait = variable(0, tf.int64, "wait")
        self.cooldown = variable(0, tf.int64, "cooldown")


class ReduceOnPlateau(tf.keras.callbacks.Callback):
    """Lowers the rate of an `Adjustable` when a metric stops improving.

    ```
    if there was no improvement for patience epochs:
      rate = max(rate * factor, min_lr) from the next step on
    ```

    Keras's `ReduceLROnPlateau` for schedules. What it does is an edit of the
    schedule, and what it knows is in `state`: with both in a checkpoint,
    `tf.train.Checkpoint(optimizer=..., plateau=callback.state)`, a run that
    is resumed goes on as if there had been no break.

    Args:
      monitor: the name in the logs to watch.
      factor: what to multiply the rate with: a Python number from 0 to below
        1.
      patience: how many epochs without improvement to wait: a whole Python
        number of at least 0.
      mode: `min` or `max`, whichever is better, or `auto`: `max` for names
        with `acc` or `auc`.
      min_delta: what counts as an improvement: a Python number of at least 0.
      cooldown: how many epochs to wait after a reduction: a whole Python
        number of at least 0.
      min_lr: the lowest rate: a Python number of at least 0.

    Raises:
      TypeError: if an argument is no number.
      ValueError: if an argument is out of its range.

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
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__()
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
        self._patience = rules.COUNT.check("patience", patience, _EPOCHS)
        self._min_delta = rules.NON_NEGATIVE.check("min_delta", min_delta)
        self._cooldown = rules.COUNT.check("cooldown", cooldown, _EPOCHS)
        self._min_lr = rules.NON_NEGATIVE.check("min_lr", min_lr)
        self.state = PlateauState(-self._sign * float("inf"))

    def on_train_begin(self, logs=None):
        """Refuses an optimizer whose rate cannot be adjusted."""
        self._adjustable()

    def on_epoch_end(self, epoch, logs=None):
        """Counts epochs without improvement, and lowers the rate."""
        value = (logs or {}).get(self._monitor)
        if value is None:
            warnings.warn(
                f"there is no {self._monitor} in the logs; there is "
                f"{', '.join(logs or {}) or 'nothing'}.",
                stacklevel=2,
            )
            return
        state, value = self.state, float(value)
        if state.cooldown > 0:
            state.cooldown.assign_sub(1)
            state.wait.assign(0)
        if self._sign * (value - float(state.best)) > self._min_delta:
            state.best.assign(value)
            state.wait.assign(0)
        elif state.cooldown == 0:
            state.wait.assign_add(1)
            if state.wait >= self._patience and self._reduce():
                state.cooldown.assign(self._cooldown)
                state.wait.assign(0)

    def _adjustable(self) -> Adjustable:
        schedule = innermost_optimizer(self.model)._learning_rate
        if not isinstance(schedule, Adjustable):
            raise TypeError(
                "the optimizer's learning rate must be an Adjustable; got "
                f"{values.describe(schedule)}. Make the optimizer with "
                "tf_schedules.Adjustable(schedule)."
            )
        return schedule

    def _reduce(self) -> bool:
        schedule = self._adjustable()
        step = step_of(self.model)
        rate = float(schedule(step))
        if rate <= self._min_lr * (1 + 1e-6):
            return False
        if len(schedule.edits.rows()) == schedule.edits.capacity:
            warnings.warn(
                "the rate is not lowered, because the schedule has all the "
                f"{schedule.edits.capacity} edits that it can hold; make it "
                "with a larger capacity.",
                stacklevel=2,
            )
            return False
        schedule.scale_from(step, max(self._factor, self._min_lr / rate))
        return True
