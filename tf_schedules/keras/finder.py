"""The learning-rate range test."""

import warnings
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.core import describe, rules
from tf_schedules.keras.model_state import ModelState
from tf_schedules.keras.optimizers import innermost, optimizers_of
from tf_schedules.keras.ramp import Ramp
from tf_schedules.keras.range_curve import METHODS, RangeCurve, choose

_FEWEST_STEPS = 10


def find_learning_rate(
    model: tf.keras.Model,
    x: Any,
    y: Any = None,
    *,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    batch_size: int | None = None,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    shuffle: bool = True,
    optimizer: Any = None,
    monitor: str = "loss",
    method: str = "valley",
    smoothing: float = 0.98,
    divergence: float = 4.0,
    verbose: int | str = "auto",
) -> RangeCurve:
    """Trains with ever higher rates, and suggests one from the losses.

    `rate = start * (end / start) ** (i / (steps - 1))` for step i

    This is the range test: one batch at each rate, until the loss diverges or
    is not finite. Data that are shorter than the test repeat. Then everything
    is put back: the weights, the state and the rate or schedule of every
    optimizer, metrics, layers with a state, compiled functions and the seeds
    of Python, NumPy and TensorFlow, after an exception or an interruption too.
    `fit` then gives the same bits as without the test. A model or an optimizer
    that was not built stays built. The test holds a copy of all variables.

    "valley" takes the longest run of falling smoothed losses, where losses
    between those of the run may be higher, and suggests the rate half its
    length before its end. "steepest" suggests the rate at which the smoothed
    loss falls fastest. The first tenth counts neither for them nor for the end
    of the test.

    Args:
      model: a compiled model of `tf.keras`.
      x: the data, as `fit` takes them: arrays, a `tf.data.Dataset`, a
        `PyDataset` or `Sequence`, or a generator, which loses its batches.
      y: the targets, as `fit` takes them.
      start: the first rate; greater than 0.
      end: the last rate; greater than `start`.
      steps: how many rates: a whole number of at least 10. With accumulated
        gradients each takes as many batches as an update.
      batch_size: as in `fit`.
      sample_weight: as in `fit`.
      class_weight: as in `fit`.
      shuffle: as in `fit`.
      optimizer: the optimizer whose rate rises, while others keep theirs; None
        for that of `compile`.
      monitor: the loss among the logs of a training step.
      method: "valley" or "steepest".
      smoothing: the weight of earlier losses in the exponential mean of the
        losses, whose bias towards 0 is corrected: from 0 to less than 1.
      divergence: a finite number of at least 1. The test stops once the
        smoothed loss is above its lowest value by `divergence - 1` times that
        value or, where this is more, times the fall to it.
      verbose: 0 for no progress bar; otherwise as in `fit`.

    Returns:
      A `RangeCurve` with `rates`, `losses`, `smoothed`, the `suggestion`, `how`
      it was chosen, and `plot()`. The suggestion is None, with a warning, if
      the losses show nothing.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range, if the model is not
        compiled, if the optimizer is not one of the model's or has no rate of
        its own, or if training has no such loss.

    >>> model = tf.keras.Sequential(
    ...     [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = tf.reshape(tf.range(8.0), [8, 1])
    >>> found = find_learning_rate(model, x, 2 * x - 5, verbose=0)
    >>> 1e-4 < found.suggestion < 1e-1
    True

    Source: Smith, Cyclical Learning Rates for Training Neural Networks,
    https://arxiv.org/abs/1506.01186; the valley: `fastai.callback.schedule`,
    https://docs.fast.ai/callback.schedule.html.
    """
    chosen = _optimizer_of(model, optimizer)
    _check_range(start, end, steps)
    rules.OneOf(METHODS).check("method", method)
    if not 0 <= rules.UNIT_INTERVAL.check("smoothing", smoothing) < 1:
        raise ValueError(
            f"smoothing must be less than 1; got {describe(smoothing)}. Pass, "
            "for example, 0.98."
        )
    rules.AT_LEAST_ONE.check("divergence", divergence)
    rates = np.geomspace(float(start), float(end), int(steps))
    ramp = Ramp(
        *(chosen, rates, monitor),
        *(float(smoothing), float(divergence), verbose),
    )
    state = ModelState(model, chosen)
    try:
        ramp.begin(model, state)
        model.fit(
            *(x, y),
            batch_size=batch_size,
            steps_per_epoch=ramp.most_batches if _is_endless(x) else None,
            # A generator cannot begin anew.
            epochs=1 if hasattr(x, "__next__") else ramp.most_batches,
            verbose=0,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
        )
    finally:
        state.put_back()
    curve = choose(rates, ramp.losses, ramp.smoothed, method)
    if curve.suggestion is None:
        warnings.warn(f"No rate is suggested: {curve.how}", stacklevel=2)
    return curve


def _optimizer_of(model: Any, optimizer: Any) -> Any:
    """The optimizer whose rate rises, inside any wrappers."""
    if not isinstance(model, tf.keras.Model):
        raise TypeError(
            f"model must be a model of tf.keras; got {describe(model)}. Make "
            "one with the Keras that tf.keras is."
        )
    is_keras_3 = hasattr(model, "compiled")
    if not (model.compiled if is_keras_3 else model._is_compiled):
        raise ValueError(
            f"model must be compiled; got the {type(model).__name__} "
            f"{model.name!r}, which is not. Call model.compile first."
        )
    found = innermost(model.optimizer if optimizer is None else optimizer)
    if not any(found is one for one in optimizers_of(model).values()):
        raise ValueError(
            "optimizer must be one of the model's, with a rate of its own; got "
            f"{describe(found)}. Pass, for example, "
            "optimizer=model.optimizer.optimizers[0]."
        )
    return found


def _is_endless(x: Any) -> bool:
    """Whether data are a dataset that repeats without an end."""
    return isinstance(x, tf.data.Dataset) and bool(
        x.cardinality() == tf.data.INFINITE_CARDINALITY
    )


def _check_range(start: Any, end: Any, steps: Any) -> None:
    rules.POSITIVE.check("start", start, "Pass a rate such as 1e-7.")
    rules.POSITIVE.check("end", end, "Pass a rate such as 10.0.")
    if start >= end:
        raise ValueError(
            f"end must be greater than start; got {describe(end)} for "
            f"{describe(start)}. Pass, for example, start=1e-7, end=10.0."
        )
    rules.POSITIVE_COUNT.check("steps", steps)
    if steps < _FEWEST_STEPS:
        raise ValueError(
            f"steps must be at least {_FEWEST_STEPS}; got {describe(steps)}. "
            "Pass, for example, 100."
        )
