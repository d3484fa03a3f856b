"""What training changes in a model, and how to put it back."""

import functools
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from tf_schedules.keras.optimizers import optimizers_of, rate_in

# What `fit` and a trial assign to attributes of a model, in either Keras.
_ATTRIBUTES = (
    "_autotune_steps_per_execution",
    "_steps_per_execution",
    "history",
    "steps_per_execution",
    "stop_training",
    "train_function",
    "train_tf_function",
)
_ABSENT = object()


class ModelState:
    """The state of a model and its optimizers, kept to be put back.

    Args:
      model: a compiled model.
      optimizer: the one whose rate will change.
    """

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._model = model
        self._attributes = {
            name: vars(model).get(name, _ABSENT) for name in _ATTRIBUTES
        }
        self._held, self._name = rate_in(optimizer)
        self._rate = self._held[self._name]
        self._values: dict[int, tuple[Any, tf.Tensor]] = {}
        self._random = _random_state()
        self.keep_variables()

    def keep_variables(self) -> None:
        """Keeps the values of variables that were not there before."""
        strategy = self._model.distribute_strategy
        for variable in _variables_of(self._model):
            # Replicas may differ, as those of metrics and of averages do.
            for part in strategy.experimental_local_results(variable):
                if id(part) not in self._values:
                    self._values[id(part)] = part, tf.identity(part)

    def put_back(self) -> None:
        """Makes the model what it was, with the same objects."""
        self._held[self._name] = self._rate
        for name, value in self._attributes.items():
            if value is not _ABSENT:
                vars(self._model)[name] = value
            else:
                vars(self._model).pop(name, None)
        for part, value in self._values.values():
            part.assign(value)
        for setter in self._random:
            setter()


def _variables_of(model: Any) -> Iterator[Any]:
    """All variables that training may change, as TensorFlow's own."""
    optimizers = optimizers_of(model).values()
    found = [
        trackable
        for root in (model, *optimizers)
        for trackable in tf.train.TrackableView(root).descendants()
    ]
    for optimizer in optimizers:  # a legacy one's slots are tracked nowhere
        listed = optimizer.variables
        found += listed() if callable(listed) else listed
    for metric in model.metrics:
        found += metric.variables
    own = getattr(tf.keras, "Variable", ())
    if own:
        found += model.variables  # those that hold seeds are tracked nowhere
    for variable in [*found, *vars(model).values()]:
        if own and isinstance(variable, own):
            yield variable.value
        elif isinstance(variable, tf.Variable):
            yield variable


def _random_state() -> list[Callable[[], None]]:
    """What puts back the generators that shuffle data and seed operations."""
    # Once seeds are set, TensorFlow and tf_keras have generators of their own.
    backend = sys.modules.get("tf_keras.src.backend")
    of_keras = getattr(backend, "_SEED_GENERATOR", None)
    of_seeds = getattr(context.context(), "_rng", None)
    generators = [random, of_seeds, getattr(of_keras, "generator", None)]
    found: list[Callable[[], None]] = [
        functools.partial(generator.setstate, generator.getstate())
        for generator in generators
        if generator is not None
    ]
    if of_seeds is not None:
        # Operations that have run with the next seeds would continue.
        found.append(context.context().clear_kernel_cache)
    of_numpy = np.random.get_state()
    return [*found, lambda: np.random.set_state(of_numpy)]
