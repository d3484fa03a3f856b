"""Trains under strategies of one process; started by strategy_test.py.

    strategy_program.py <part>

It prints a JSON object with null or the error for each check.
"""

import os
import sys
import tempfile

import checks
import numpy as np
import probe
import pytest
import tensorflow as tf

import tf_schedules

CPU = [f"CPU:{i}" for i in range(4)]


def _mirrored(count):
    # Collectives with their own threads can crash a process at its end.
    return tf.distribute.MirroredStrategy(
        CPU[:count],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


STRATEGIES = {
    "one-device": lambda: tf.distribute.OneDeviceStrategy("CPU:0"),
    "mirrored-2": lambda: _mirrored(2),
    "mirrored-4": lambda: _mirrored(4),
    "central-storage": lambda: (
        tf.distribute.experimental.CentralStorageStrategy(CPU[:2], CPU[0])
    ),
}
_FEW = ("mirrored-2", "central-storage")  # they differ most
PARTS = {
    "few": _FEW,
    "others": tuple(name for name in STRATEGIES if name not in _FEW),
}


def check_rates(name, way, where):
    """Every replica applies exactly the rates of a single device."""
    strategy = STRATEGIES[name]()
    history = probe.WAYS[way](strategy, where)
    want = probe.weights(where)
    assert len(history) == len(want)
    for copies, weight in zip(history, want, strict=True):
        assert copies
        assert set(copies) == {weight}, (history, want)


def check_elastic():
    """4, 2 and 1 replicas each continue from the previous checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        _train_elastically(folder)


def _train_elastically(folder):
    want, done = probe.weights(), 0
    path = None
    for count, until in ((4, 3), (2, 7), (1, probe.STEPS)):
        strategy = _mirrored(count)
        peak, optimizer, weight, checkpoint = probe.checkpointed(strategy)
        if path:
            checkpoint.restore(path).assert_existing_objects_matched()
        step = probe.training_step(strategy, optimizer, weight)
        while done < until:
            if done == probe.RETUNED:
                peak.assign(probe.NEW_PEAK)
            step()
            assert set(probe.copies(strategy, weight)) == {want[done]}
            done += 1
        path = checkpoint.save(os.path.join(folder, str(count)))


def check_outside(name):
    """The counter of an optimizer made outside is refused, or correct."""
    strategy = STRATEGIES[name]()
    optimizer = tf.keras.optimizers.SGD(probe.schedule(0.5))
    with strategy.scope():
        weight = tf.Variable(0.0, dtype=tf.float64)
        optimizer.build([weight])
    step = probe.training_step(strategy, optimizer, weight)
    is_keras_3 = hasattr(tf.keras, "Variable")
    if is_keras_3 and strategy.num_replicas_in_sync > 1:
        with pytest.raises(ValueError, match=r"inside strategy\.scope"):
            step()
        assert optimizer.iterations.numpy() == 0
        return
    for _ in range(3):
        step()
    assert optimizer.iterations.numpy() == 3
    want = -sum(float(probe.schedule(0.5)(s)) for s in range(3))
    assert set(probe.copies(strategy, weight)) == {want}


def check_callbacks(name):
    """The callbacks can read a mirrored counter."""
    strategy = STRATEGIES[name]()
    with strategy.scope():
        schedule = tf_schedules.Adjustable(tf_schedules.Constant(0.5))
        model = tf.keras.Sequential(
            [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
        )
        model.compile(tf.keras.optimizers.SGD(schedule, momentum=0.5), "mse")
    data = np.ones([8, 1])
    history = model.fit(
        data,
        0.0 * data,
        batch_size=4,
        epochs=3,
        verbose=0,
        callbacks=[
            tf_schedules.ReduceOnPlateau("loss", 0.5, 1, min_delta=1e9),
            tf_schedules.LearningRateLogger(),
            tf_schedules.ScheduleHyperparameter("momentum", 0.25),
        ],
    ).history
    assert history["learning_rate"] == [0.5, 0.5, 0.25], history
    assert schedule.edits.rows() == [(4, 0.5), (6, 0.25)]
    assert model.optimizer.momentum == 0.25


def check_agreement(name):
    """The replicas of one worker say the same and count as one worker."""
    with STRATEGIES[name]().scope():
        for factor in (None, 0.1):
            assert tf_schedules.agree_on_factor(factor) == factor
        schedule = tf_schedules.Constant(0.5)
        tf_schedules.assert_same_on_all_workers(schedule)


def check_resumed(name):
    """A plateau with several replicas continues where it was saved."""
    loss = [9.0, 8, 8, 8, 8, 7, 7, 7]

    class Loss(tf.keras.callbacks.Callback):
        _supports_tf_logs = True

        def on_epoch_end(self, epoch, logs=None):
            logs["loss"] = loss[epoch]

    def run(path, start, stop):
        with STRATEGIES[name]().scope():
            schedule = tf_schedules.Adjustable(tf_schedules.Constant(0.5))
            model = tf.keras.Sequential(
                [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
            )
            model.compile(tf.keras.optimizers.SGD(schedule), "mse")
            model.optimizer.build(model.trainable_variables)
            plateau = tf_schedules.ReduceOnPlateau("loss", 0.5, 2)
        model.plateau = tf_schedules.ScheduleWeights(plateau.state)
        checkpoint = tf.train.Checkpoint(model, optimizer=model.optimizer)
        if start:
            checkpoint.read(path).assert_existing_objects_matched()
        options = {"initial_epoch": start, "epochs": stop, "verbose": 0}
        data = np.ones([8, 1])
        callbacks = [Loss(), plateau]
        model.fit(data, data, batch_size=4, callbacks=callbacks, **options)
        checkpoint.write(path)
        return schedule.edits.rows(), plateau.state.values()

    with tempfile.TemporaryDirectory() as folder:
        whole = run(os.path.join(folder, "whole"), 0, 8)
        run(os.path.join(folder, "parts"), 0, 3)
        parts = run(os.path.join(folder, "parts"), 3, 8)
    assert len(whole[0]) == 2
    assert parts == whole


def check_other_steps(name):
    """Only an optimizer's step is refused, wherever the step was made."""
    strategy = STRATEGIES[name]()
    schedule = probe.schedule(0.5)
    outside = [
        tf.Variable(3, dtype=tf.int64, name="iteration"),
        tf.Variable(
            3,
            dtype=tf.int64,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        ),
    ]
    optimizer = tf.keras.optimizers.SGD(schedule)
    optimizer.build([tf.Variable(0.0)])
    if hasattr(tf.keras, "Variable"):
        outside.append(tf.keras.Variable(3, dtype="int64", name="step"))
    with strategy.scope():
        inside = tf.keras.optimizers.SGD(schedule)
        inside.build([tf.Variable(0.0)])
        # The counter itself, read outside replicas.
        assert float(schedule(optimizer.iterations)) == float(schedule(0))
    want = np.float32(schedule(3))

    @tf.function
    def run():
        def replica():
            schedule(inside.iterations)
            steps = [*outside, 3, tf.constant(3), np.int64(3)]
            return [schedule(step) for step in steps]

        return strategy.run(replica)

    for rate in run():
        for copy in strategy.experimental_local_results(rate):
            assert copy.numpy() == want
    assert float(schedule(optimizer.iterations)) == float(schedule(0))


def check_finder(name):
    """The range test puts back what each replica has."""
    tf.keras.utils.set_random_seed(0)
    strategy = STRATEGIES[name]()
    with strategy.scope():
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Input([4]),
                tf.keras.layers.Dense(4, "relu"),
                tf.keras.layers.BatchNormalization(),
                tf.keras.layers.Dense(1),
            ]
        )
        schedule = tf_schedules.CosineDecay(0.01, 100)
        model.compile(tf.keras.optimizers.Adam(schedule), "mse")
    x = np.random.default_rng(0).normal(size=[64, 4]).astype("float32")
    data = {"x": x, "y": x[:, :1], "batch_size": 16, "verbose": 0}
    model.fit(**data)

    def values():
        optimizer = model.optimizer.variables
        metrics = [v for metric in model.metrics for v in metric.variables]
        optimizer = optimizer() if callable(optimizer) else optimizer
        variables = [*model.variables, *optimizer, *metrics]
        if hasattr(tf.keras, "Variable"):
            variables = [v.value for v in variables]
        return [
            part.numpy().tolist()
            for variable in variables
            for part in strategy.experimental_local_results(variable)
        ]

    before = values()
    found = tf_schedules.find_learning_rate(model, **data, end=1.0)
    assert len(found.losses) > 80
    assert 1e-4 < found.suggestion < 0.3, found
    assert values() == before
    assert model.optimizer._learning_rate is schedule


def check_layer_wise(name):
    """Every replica applies each layer's multiple, and makes it in the scope.

    The optimizer is made outside of the scope, which the model knows.
    """
    strategy = STRATEGIES[name]()
    schedule = probe.schedule(0.5)
    with strategy.scope():
        inputs = tf.keras.layers.Input([1], dtype="float64")
        weights = [probe.Weight(dtype="float64", name=n) for n in "abc"]
        outputs = [weight(inputs) for weight in weights]
        model = tf.keras.Model(inputs, sum(outputs[1:], outputs[0]))
    optimizer = tf_schedules.layer_wise(
        model, tf.keras.optimizers.SGD, schedule, {"a/w": 0.5, "c/w": 0}
    )
    model.compile(optimizer, lambda labels, outputs: outputs)
    batch = strategy.num_replicas_in_sync
    data = np.zeros([probe.STEPS * batch, 1])
    model.fit(data, data, batch_size=batch, shuffle=False, verbose=0)
    full = half = 0.0
    for step in range(probe.STEPS):
        full -= float(schedule(step))
        half -= float((0.5 * schedule)(step))
    for weight, want in zip(weights, (half, full, 0.0), strict=True):
        assert set(probe.copies(strategy, weight.w)) == {want}


def checks_of(part):
    for name in PARTS[part]:
        for way in probe.WAYS:
            for where in probe.WHERE:
                yield f"{name}-{way}-{where}", check_rates, name, way, where
        yield f"{name}-optimizer-outside", check_outside, name
        yield f"{name}-agreement", check_agreement, name
        yield f"{name}-callbacks", check_callbacks, name
        yield f"{name}-layer-wise", check_layer_wise, name
        yield f"{name}-resumed", check_resumed, name
        yield f"{name}-other-steps", check_other_steps, name
    if part == "few":
        yield "mirrored-2-finder", check_finder, "mirrored-2"
        yield "4-2-1-replicas", check_elastic


def main():
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * len(CPU)
    )
    checks.write(checks.run(checks_of(sys.argv[1])))


if __name__ == "__main__":
    main()
