"""A training function that raises the rate from step to step."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.keras.model_state import ModelState
from tf_schedules.keras.optimizers import (
    innermost,
    optimizers_of,
    rate_in,
    step_of,
)
from tf_schedules.schedules import Constant

# A step is one batch, whatever a model executes at once.
_ONE_BATCH = {
    "_autotune_steps_per_execution": False,
    "_steps_per_execution": None,
    "steps_per_execution": 1,
}


class Ramp:
    """Sets the rate before each step of `fit`, and notes the loss after it.

    It stands in the place of the model's training function, which alone is
    called between the building of a model and its first update.

    Attributes:
      losses: the mean loss of the batches of each step.
      smoothed: their exponential mean up to each step.
    """

    def __init__(
        self,
        optimizer: Any,
        rates: np.ndarray,
        monitor: str,
        smoothing: float,
        divergence: float,
        verbose: int | str,
    ) -> None:
        self._optimizer, self._rates, self._monitor = optimizer, rates, monitor
        self._smoothing, self._divergence = smoothing, divergence
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        every = getattr(optimizer, "gradient_accumulation_steps", None)
        self._batches_per_step = every or 1
        self._bar = tf.keras.utils.Progbar(
            len(rates),
            verbose=1 if verbose == "auto" else verbose,
            stateful_metrics=["learning_rate", monitor],
        )

    @property
    def most_batches(self) -> int:
        """How many batches the test takes at most."""
        return (len(self._rates) + 1) * self._batches_per_step

    def begin(self, model: Any, state: ModelState) -> None:
        """Takes the place of the training function until it is put back."""
        self._model = model
        for name in _ONE_BATCH.keys() & vars(model).keys():
            vars(model)[name] = _ONE_BATCH[name]
        model.make_train_function(force=True)
        train = model.train_function

        def first(iterator: Any) -> Any:
            _build(model, iterator)
            state.keep_variables()
            rate = _variable_rate(model, self._optimizer)
            # Updates of accumulated gradients come after whole groups.
            self._batches = step_of(self._optimizer) % self._batches_per_step
            model.train_function = lambda it: self._train(train, rate, it)
            return model.train_function(iterator)

        model.train_function = first

    def _train(self, train: Any, rate: Any, iterator: Any) -> Any:
        """Trains with one batch."""
        step, every = len(self.losses), self._batches_per_step
        rate.assign(self._rates[step])
        if self._batches % every == 0:
            self._model.reset_metrics()  # their mean is that of this step
        logs = train(iterator)
        self._batches += 1
        if self._batches % every == 0:
            self._note(self._loss_in(logs), self._rates[step])
        return logs

    def _loss_in(self, logs: Any) -> float:
        if self._monitor not in logs:
            raise ValueError(
                f"monitor must be one of {', '.join(sorted(logs))}, the logs "
                f"of a training step; got {self._monitor!r}. Pass the loss "
                "among them."
            )
        return float(logs[self._monitor])

    def _note(self, loss: float, rate: float) -> None:
        """Adds a loss, and stops where the test ends."""
        is_last = not math.isfinite(loss)
        if not is_last:
            self.losses.append(loss)
            self.smoothed.append(_mean(self.losses, self._smoothing))
            is_last = self._diverges or len(self.losses) == len(self._rates)
        shown = [("learning_rate", rate), (self._monitor, loss)]
        self._bar.update(len(self.losses), shown, finalize=is_last)
        self._model.stop_training = is_last

    @property
    def _diverges(self) -> bool:
        # The first losses are means of few batches.
        seen = self.smoothed[len(self._rates) // 10 :]
        if not seen:
            return False
        lowest = min(seen)
        scale = max(abs(lowest), seen[0] - lowest)
        return seen[-1] - lowest > (self._divergence - 1.0) * scale


def _mean(losses: list[float], smoothing: float) -> float:
    """The exponential mean, without its bias towards the 0 it begins with."""
    weights = smoothing ** np.arange(len(losses) - 1, -1, -1.0)
    return float(np.average(losses, weights=weights))


def _variable_rate(model: Any, optimizer: Any) -> Any:
    """The variable that is the optimizer's rate; it replaces a schedule."""
    held, name = rate_in(optimizer)
    if not hasattr(held[name], "assign"):
        with model.distribute_strategy.scope():
            rate = tf.Variable(0.0, trainable=False)
        held[name] = Constant(rate)
        return rate
    return held[name]


def _is_built(model: Any) -> bool:
    return model.built and all(
        getattr(optimizer, "built", getattr(optimizer, "_built", False))
        for optimizer in optimizers_of(model).values()
    )


def _build(model: Any, iterator: Any) -> None:
    """Makes all variables of a model and its optimizers, without an update."""
    strategy = model.distribute_strategy
    inner = innermost(model.optimizer)
    is_alone = [*optimizers_of(model).values()] == [inner]
    # Legacy optimizers of tf_keras have no `build`: a trace of an update makes
    # their variables.
    if model.built and is_alone and hasattr(inner, "build"):
        with strategy.scope():
            model.optimizer.build(model.trainable_variables)
    if _is_built(model):
        return
    # In Keras 3, for targets or weights that are None.
    adapt = getattr(model, "_autoconvert_optionals", lambda step: step)

    @tf.function
    def step() -> Any:
        run = adapt(model.train_step)
        return strategy.run(run, args=(next(iterator),))

    step.get_concrete_function()  # traces, and runs nothing
