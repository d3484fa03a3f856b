"""A trial that finds a learning rate, and leaves the model as it was."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tf_schedules.keras.model_state import ModelState, rate_in
from tf_schedules.keras.optimizers import innermost, optimizers_of, step_of
from tf_schedules.schedules import Constant

def find_learning_rate(
    model, x, y=None, *, start=1e-7, end=10.0, steps=100, batch_size=None,
    sample_weight=None, class_weight=None, shuffle=True, optimizer=None, monitor="loss",
    smoothing=0.98, divergence=4.0, verbose="auto",
):
    optimizer = innermost(optimizer or model.optimizer)
    trial = _Trial(model, optimizer, np.geomspace(start, end, steps), monitor, smoothing, divergence, verbose)
    state = ModelState(model)
    try:
        for name, value in {"steps_per_execution": 1, "_steps_per_execution": None, "_autotune_steps_per_execution": False}.items():
            if name in vars(model):
                vars(model)[name] = value
        model.make_train_function(force=True)
        trial.begin(state)
        model.fit(x, y, batch_size=batch_size, sample_weight=sample_weight, class_weight=class_weight, shuffle=shuffle, epochs=2**30, verbose=0, callbacks=[_Stop(trial)])
    finally:
        state.put_back()
    return trial

class _Stop(tf.keras.callbacks.Callback):
    def __init__(self, trial):
        super().__init__()
        self.trial=trial
        self.seen=0
    def on_epoch_end(self, epoch, logs=None):
        if self.trial.batches == self.seen:
            self.model.stop_training = True
        self.seen = self.trial.batches

class _Trial:
    def __init__(self, model, optimizer, rates, monitor, smoothing, divergence, verbose):
        self.model=model; self.optimizer=optimizer; self._rates=rates; self.monitor=monitor
        self.smoothing=smoothing; self.divergence=divergence
        self.losses=[]; self.smoothed=[]; self._average=0.0
        self.batches=0
        self.variable=None
        self.bar = tf.keras.utils.Progbar(len(rates), verbose=1 if verbose=="auto" else verbose, stateful_metrics=["learning_rate","loss"])

    def begin(self, state):
        self.state=state
        self._train = self.model.train_function
        self.model.train_function = self._first

    def _first(self, iterator):
        build(self.model, iterator)
        self.state.keep_variables()
        held, name = rate_in(self.optimizer)
        rate = held[name]
        if hasattr(rate, "assign"):
            self.variable = rate
        else:
            with self.model.distribute_strategy.scope():
                self.variable = tf.Variable(0.0, trainable=False)
            held[name] = Constant(self.variable)
        self._every = getattr(self.optimizer, "gradient_accumulation_steps", None) or 1
        self._phase = step_of(self.optimizer)
        self.model.train_function = self._step
        return self._step(iterator)

    def _step(self, iterator):
        rate = self._rates[len(self.losses)]
        if self._phase % self._every == 0:
            self.model.reset_metrics()
            self.variable.assign(rate)
        self._phase += 1
        self.batches += 1
        logs = self._train(iterator)
        if self._phase % self._every == 0:
            self._note(float(logs[self.monitor]), rate)
        return logs

    def _note(self, loss, rate):
        if not math.isfinite(loss):
            self.model.stop_training = True
            return
        self.losses.append(loss)
        b = self.smoothing
        self._average = b * self._average + (1 - b) * loss
        s = self._average / (1 - b ** len(self.losses))
        self.smoothed.append(s)
        best, first = min(self.smoothed), self.smoothed[0]
        over = s > best + (self.divergence - 1) * max(abs(best), first - best)
        done = over or len(self.losses) == len(self._rates)
        self.bar.update(len(self.losses), [("loss", s), ("learning_rate", rate)], finalize=done)
        if done: self.model.stop_training = True


def is_built(model):
    return model.built and all(getattr(o, "built", getattr(o, "_built", True)) for o in optimizers_of(model).values())

def build(model, iterator):
    if is_built(model): return
    strategy = model.distribute_strategy
    if model.built and [*optimizers_of(model).values()] == [innermost(model.optimizer)]:
        with strategy.scope():
            model.optimizer.build(model.trainable_variables)
    if is_built(model): return
    adapt = getattr(model, "_autoconvert_optionals", lambda f: f)
    step = adapt(model.train_step)
    @tf.function
    def trace():
        return strategy.run(step, args=(next(iterator),))
    trace.get_concrete_function()
