"""Reads back the rates that a replica applied.

It runs plain SGD on one float64 weight whose gradient is 1, so the difference
between two of its values is exactly the rate.
"""

import numpy as np
import pytest
import tensorflow as tf
import traces

import tf_schedules

STEPS = 10
RETUNED = 3  # the peak is assigned before this step
PEAK, NEW_PEAK, FACTOR = 0.5, 0.3, 0.7
WHERE = ("inside", "outside", "edits")


def peak(strategy, where: str) -> tf.Variable:
    """A hyperparameter made inside or outside the strategy's scope."""

    def make():
        return tf.Variable(
            PEAK,
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    if where == "outside":
        return make()
    with strategy.scope():
        return make()


def schedule(of_peak) -> tf_schedules.Schedule:
    return tf_schedules.Warmup(
        tf_schedules.CosineDecayRestarts(of_peak, 3, 1.5), 2
    )


def tuned(strategy, where: str):
    """A schedule, and a function that retunes it for the next step.

    It uses a variable made inside or outside the scope, or a table of edits.
    """
    if where == "edits":
        with strategy.scope():
            adjustable = tf_schedules.Adjustable(schedule(PEAK))
        return adjustable, lambda: adjustable.scale_from(RETUNED, FACTOR)
    of_peak = peak(strategy, where)
    return schedule(of_peak), lambda: of_peak.assign(NEW_PEAK)


def weights(where="inside") -> list[float]:
    """The weight after each step on a single device."""
    first = schedule(tf.constant(PEAK))
    second = schedule(tf.constant(NEW_PEAK))
    if where == "edits":
        edits = [(RETUNED, FACTOR)]
        first = second = tf_schedules.Adjustable(first, edits=edits)
    value, values = 0.0, []
    for step in range(STEPS):
        value -= float((first if step < RETUNED else second)(step))
        values.append(value)
    return values


def optimizer_and_weight(strategy, of_schedule):
    with strategy.scope():
        weight = tf.Variable(0.0, dtype=tf.float64)
        optimizer = tf.keras.optimizers.SGD(of_schedule)
        optimizer.build([weight])
    return optimizer, weight


def checkpointed(strategy):
    """A peak made in the scope, and the objects that train and are saved."""
    of_peak = peak(strategy, "inside")
    of_schedule = schedule(of_peak)
    optimizer, weight = optimizer_and_weight(strategy, of_schedule)
    checkpoint = tf.train.Checkpoint(
        optimizer=optimizer, weight=weight, schedule=of_schedule
    )
    return of_peak, optimizer, weight, checkpoint


def copies(strategy, weight) -> list[float]:
    """The weight of each replica in this process."""
    if isinstance(weight, getattr(tf.keras, "Variable", ())):
        weight = weight.value
    return [float(c) for c in strategy.experimental_local_results(weight)]


def training_step(strategy, optimizer, weight):
    share = tf.constant(1 / strategy.num_replicas_in_sync, tf.float64)

    @tf.function
    def step():
        def replica():
            optimizer.apply_gradients([(tf.identity(share), weight)])

        strategy.run(replica)

    return step


def loop(strategy, where: str):
    """The copies of the weight after each step of a custom loop."""
    of_schedule, retune = tuned(strategy, where)
    optimizer, weight = optimizer_and_weight(strategy, of_schedule)
    step = training_step(strategy, optimizer, weight)
    history = []
    for number in range(STEPS):
        if number == RETUNED:
            retune()
        step()
        history.append(copies(strategy, weight))
    assert step.experimental_get_tracing_count() == 1
    assert optimizer.iterations.numpy() == STEPS
    return history


class Weight(tf.keras.layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(
            name="w", shape=(), initializer="zeros", dtype="float64"
        )

    def call(self, inputs):
        return tf.zeros_like(inputs[:, 0]) + self.w


def fit(strategy, where: str):
    """The copies of the weight after each step of Keras's `fit`."""
    of_schedule, retune = tuned(strategy, where)
    history, traces_so_far = [], []
    with strategy.scope():
        layer = Weight(dtype="float64")
        inputs = tf.keras.layers.Input([1], dtype="float64")
        model = tf.keras.Model(inputs, layer(inputs))
        model.compile(
            tf.keras.optimizers.SGD(of_schedule),
            lambda labels, outputs: outputs,  # scaled by Keras
        )

    class Record(tf.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            history.append(copies(strategy, layer.w))
            traces_so_far.append(len(traced))
            if batch == RETUNED - 1:
                retune()

    batch = strategy.num_replicas_in_sync
    data = np.zeros([STEPS * batch, 1])
    with traces.of(of_schedule) as traced:
        model.fit(
            data,
            data,
            batch_size=batch,
            shuffle=False,
            verbose=0,
            callbacks=[Record()],
        )
    assert len(set(traces_so_far)) == 1, traces_so_far
    assert traced
    return history


def judge(errors, upstream: str | None = None):
    """Fails on errors, except those that only TensorFlow or Keras can fix.

    Args:
      errors: the error or None of each process.
      upstream: text that every error must have; an error without it reveals
        an upstream fix or another fault.
    """
    if upstream is None:
        assert errors == [None] * len(errors)
        return
    for error in errors:
        assert upstream in (error or "mended")
    pytest.xfail(upstream)


WAYS = {"loop": loop, "fit": fit}
