"""Callbacks of `tf.keras` that log schedules and follow them."""

import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tf_schedules.core import hyperparameter, values
from tf_schedules.core.configured import Configured
from tf_schedules.core.conversion import as_schedule
from tf_schedules.core.paths import path_of


def innermost_optimizer(model: tf.keras.Model):
    """The optimizer of a model that applies the rate, inside of others."""
    optimizer = model.optimizer
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


def counter_of(optimizer):
    """The step that a schedule sees, as a variable.

    With accumulated gradients Keras's `iterations` counts updates only.
    """
    return getattr(optimizer, "_iterations", optimizer.iterations)


def step_of(model) -> int:
    """The step that the schedule of a model sees next, as a number."""
    return int(values.plain(counter_of(innermost_optimizer(model))))


def _live_values(value, name: str) -> Iterator[tuple[str, Any]]:
    """The hyperparameters of a schedule that are variables, by their path."""
    if isinstance(value, Configured):
        for argument in value._arguments:
            inner = value._argument(argument)
            yield from _live_values(inner, f"{name}/{argument}")
    elif isinstance(value, tuple):
        for i, element in enumerate(value):
            yield from _live_values(element, f"{name}/{i}")
    elif values.is_tensor(value) and not isinstance(value, tf.Tensor):
        plain = values.plain(value)
        is_vector = isinstance(plain, list)
        for i, number in enumerate(plain if is_vector else [plain]):
            yield f"{name}/{i}" if is_vector else name, number


class LearningRateLogger(tf.keras.callbacks.Callback):
    """Logs the rate that was applied, and hyperparameters that are variables.

    Both are added to `logs`, where the progress bar, `History`, `TensorBoard`
    and other callbacks that come after it find them: the rate of the last
    update as `learning_rate`, a variable as `hyperparameters/decay_rate`. It
    works for every dtype of the rate.

    Args:
      log_dir: a directory for TensorBoard's files, to which it then writes at
        the end of every epoch, by the optimizer's step; None for none.

    >>> from tf_schedules import ExponentialDecay
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> schedule = ExponentialDecay(1.0, 2, 0.5)
    >>> model.compile(tf.keras.optimizers.SGD(schedule), "mse")
    >>> history = model.fit(
    ...     tf.zeros([3, 1]), tf.zeros([3, 1]), batch_size=1, verbose=0,
    ...     callbacks=[LearningRateLogger()])
    >>> history.history["learning_rate"]
    [0.5]

    Source: https://www.tensorflow.org/tensorboard/scalars_and_keras.
    """

    def __init__(self, log_dir: str | os.PathLike[str] | None = None):
        super().__init__()
        # So that tf_keras hands over its own logs and not a copy of them.
        self._supports_tf_logs = True
        self._writer = None
        if log_dir is not None:
            folder = os.fspath(path_of(log_dir=log_dir))
            self._writer = tf.summary.create_file_writer(folder)

    def on_train_batch_end(self, batch, logs=None):
        """Adds to the logs of a batch."""
        if logs is not None:
            logs.update(self._values())

    def on_epoch_end(self, epoch, logs=None):
        """Adds to the logs of an epoch, and writes for TensorBoard."""
        values = self._values()
        if logs is not None:
            logs.update(values)
        if self._writer is not None:
            with self._writer.as_default(step_of(self.model)):
                for name, value in values.items():
                    tf.summary.scalar(name, value)
            self._writer.flush()

    def _values(self) -> dict[str, float]:
        optimizer = innermost_optimizer(self.model)
        schedule = optimizer._learning_rate
        if not isinstance(
            schedule, tf.keras.optimizers.schedules.LearningRateSchedule
        ):
            return {"learning_rate": float(optimizer.learning_rate)}
        rate = float(schedule(max(step_of(self.model) - 1, 0)))
        live = dict(_live_values(schedule, "hyperparameters"))
        return {"learning_rate": rate} | live


class ScheduleHyperparameter(tf.keras.callbacks.Callback):
    """Lets an attribute of the optimizer, or a variable, follow a schedule.

    An attribute such as `weight_decay` or `beta_1` is read at every update,
    in compiled code too, and outside of a training batch is the number that
    it is then. A variable is assigned to before every batch (with
    `steps_per_execution`, before every execution).

    Args:
      target: the name of an attribute of the optimizer that is a number, or a
        variable.
      schedule: a schedule of this package or of Keras, or a number.

    Raises:
      TypeError: if `target` or `schedule` is neither.
      ValueError: if, when training begins, the optimizer has no such number.

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

    def __init__(self, target, schedule):
        super().__init__()
        if not (isinstance(target, str) or hasattr(target, "assign")):
            raise TypeError(
                "target must be the name of an attribute or a variable; got "
                f"{values.describe(target)}. Pass for example "
                "'weight_decay'."
            )
        self._target = target
        self._schedule = as_schedule(schedule=schedule)
        self._live = None

    def on_train_begin(self, logs=None):
        """Finds the attribute, and lets the model compile anew with it."""
        if not isinstance(self._target, str):
            return
        optimizer = innermost_optimizer(self.model)
        if not hasattr(optimizer, self._target):
            raise ValueError(
                f"target must be an attribute of {type(optimizer).__name__}; "
                f"got {self._target!r}, which it has not. See its arguments."
            )
        value = getattr(optimizer, self._target)
        if hyperparameter.is_attribute(value):
            # What a batch that was interrupted has left.
            value = float(tf.convert_to_tensor(value))
            object.__setattr__(optimizer, self._target, value)
        if self._target == "momentum" and value == 0:
            raise ValueError(
                "target must not be a momentum of 0, for which the optimizer "
                "keeps no variables; got 'momentum'. Give the optimizer "
                "another one to begin with."
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(
                f"target must be an attribute of {type(optimizer).__name__} "
                f"that is a number; got {self._target!r}, which is {value!r}. "
                "Give the optimizer a number to begin with."
            )
        self._live = hyperparameter.attribute(
            self._schedule, counter_of(optimizer)
        )
        self._compile_anew()

    def on_train_end(self, logs=None):
        """Leaves the last number, and compiles anew without the schedule."""
        if isinstance(self._target, str):
            self._compile_anew()

    def on_train_batch_begin(self, batch, logs=None):
        """Puts the schedule in the place of the number."""
        optimizer = innermost_optimizer(self.model)
        if isinstance(self._target, str):
            # Without the optimizer's own bookkeeping, which is for variables.
            object.__setattr__(optimizer, self._target, self._live)
        else:
            self._target.assign(
                tf.cast(
                    self._schedule(counter_of(optimizer)), self._target.dtype
                )
            )

    def on_train_batch_end(self, batch, logs=None):
        """Puts the number back, which is what can be saved and read."""
        if isinstance(self._target, str):
            optimizer = innermost_optimizer(self.model)
            value = float(self._schedule(counter_of(optimizer)))
            object.__setattr__(optimizer, self._target, value)

    def _compile_anew(self):
        self.model.train_function = None
        self.model.make_train_function(force=True)
