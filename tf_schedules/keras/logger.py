"""A `tf.keras` callback that logs rates and live hyperparameters."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import tensorflow as tf

from tf_schedules.core import Configured, path_of, rules, values
from tf_schedules.keras.callback import OptimizerCallback
from tf_schedules.keras.optimizers import rate_of, step_of


def _live_values(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The variable hyperparameters of a schedule, by path."""
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


def _values_of(optimizer: Any, suffix: str) -> dict[str, float]:
    """The rate of the last update, and the live hyperparameters."""
    schedule = rate_of(optimizer)
    if not isinstance(
        schedule, tf.keras.optimizers.schedules.LearningRateSchedule
    ):
        return {f"learning_rate{suffix}": float(optimizer.learning_rate)}
    rate = float(schedule(max(step_of(optimizer) - 1, 0)))
    live = dict(_live_values(schedule, f"hyperparameters{suffix}"))
    return {f"learning_rate{suffix}": rate} | live


class LearningRateLogger(OptimizerCallback):
    """Logs the rate that was applied, and hyperparameters that are variables.

    It adds both to `logs`, for the progress bar, `History`, `TensorBoard` and
    all later callbacks: the rate of the last update as `learning_rate`, a
    variable as, for example, `hyperparameters/decay_rate`. It works for every
    dtype of the rate.

    In a model with several optimizers the names include the optimizer's, such
    as `learning_rate/generator` and `hyperparameters/generator/decay_rate`. It
    skips the optimizer of `compile` if there are others and that one has
    applied no update.

    Args:
      log_dir: a directory for TensorBoard's files, written by the optimizer's
        step; None for no files.
      optimizers: a dict from names to optimizers; None for all that are
        attributes of the model, by attribute name, including those in lists,
        dicts and a `MultiOptimizer`.
      update_freq: when to write to `log_dir`: `epoch` for the end of every
        epoch, `batch` for every batch, or a number of batches: a whole Python
        number of at least 1. A number also writes at the end of every epoch.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if `update_freq` is out of range, or if the trained model has
        no optimizer.

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

    _of_one_fit: ClassVar[Mapping[str, Any]] = {
        **OptimizerCallback._of_one_fit,
        "_writer": None,
    }

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        optimizers: dict[str, Any] | None = None,
        update_freq: str | int = "epoch",
    ) -> None:
        super().__init__(optimizers)
        # Makes tf_keras pass its own logs instead of a copy.
        self._supports_tf_logs = True
        self._folder = None
        if log_dir is not None:
            self._folder = os.fspath(path_of(log_dir=log_dir))
        if update_freq not in ("epoch", "batch"):
            rules.POSITIVE_COUNT.check(
                "update_freq", update_freq, "Pass 'batch' or 10."
            )
        batches: dict[Any, Any] = {"epoch": None, "batch": 1}
        self._batches_between = batches.get(update_freq, update_freq)
        self._writer: Any = None
        self._last_batch = -1
        self._unwritten = 0

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Restarts the count of batches."""
        self._last_batch, self._unwritten = -1, 0

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Adds to the logs of a batch, and writes if a write is due."""
        values = self._log(logs)
        self._unwritten += batch - self._last_batch
        self._last_batch = batch
        every = self._batches_between
        if every is not None and self._unwritten >= every:
            self._write(values)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Adds to the logs of an epoch, and writes for TensorBoard."""
        values = self._log(logs)
        if self._unwritten or self._batches_between is None:
            self._write(values)
        if self._writer is not None:
            self._writer.flush()

    def _log(
        self, logs: dict[str, Any] | None
    ) -> list[tuple[int, dict[str, float]]]:
        """Adds to the logs; returns the step and values of each optimizer."""
        found = self.optimizers()
        if self._named is None and len(found) > 1:
            unused = found.get("optimizer")
            if unused is not None and step_of(unused) == 0:
                del found["optimizer"]
        is_one = len(found) == 1 and self._named is None
        values = [
            (step_of(optimizer), _values_of(optimizer, suffix))
            for name, optimizer in found.items()
            for suffix in ["" if is_one else f"/{name}"]
        ]
        if logs is not None:
            for _, of_one in values:
                logs.update(of_one)
        return values

    def _write(self, values: list[tuple[int, dict[str, float]]]) -> None:
        self._unwritten = 0
        if self._folder is None:
            return
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(self._folder)
        for step, of_one in values:
            with self._writer.as_default(step):
                for name, value in of_one.items():
                    tf.summary.scalar(name, value)
