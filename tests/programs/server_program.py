"""A task of a cluster with a parameter server; started by cluster_test.py.

The chief prints a JSON object with null or the error for each check.
"""

import os
import tempfile

import checks
import probe
import tensorflow as tf

import tf_schedules

CONCURRENT = 400


def _applied(strategy, coordinator, schedule, counter=None):
    """The weight, and a training step for a worker."""
    with strategy.scope():
        weight = tf.Variable(0.0, dtype=tf.float64)
        rate = schedule if counter is None else lambda: schedule(counter)
        optimizer = tf.keras.optimizers.SGD(rate)
        optimizer.build([weight])

    @tf.function
    def step():
        def replica():
            one = tf.ones([], tf.float64)
            optimizer.apply_gradients([(one, weight)])
            if counter is not None:
                counter.assign_add(1)

        strategy.run(replica)

    return optimizer, weight, lambda: coordinator.schedule(step)


def check_in_turn(strategy, coordinator, where):
    """Sequential steps on any worker apply the exact rates."""
    schedule, retune = probe.tuned(strategy, where)
    _, weight, step = _applied(strategy, coordinator, schedule)
    for number, want in enumerate(probe.weights(where)):
        if number == probe.RETUNED:
            retune()
        step()
        coordinator.join()
        assert weight.numpy() == want, (number, weight.numpy(), want)


def _counter(strategy):
    with strategy.scope():
        return tf.Variable(0, dtype=tf.int64, trainable=False)


def check_own_counter(strategy, coordinator):
    """Concurrent steps lose no update of a TensorFlow counter."""
    counter = _counter(strategy)
    schedule = tf_schedules.PolynomialDecay(1.0, CONCURRENT, 0.0)
    _, _, step = _applied(strategy, coordinator, schedule, counter)
    for _ in range(CONCURRENT):
        step()
    coordinator.join()
    assert counter.numpy() == CONCURRENT, counter.numpy()
    assert float(schedule(counter)) == 0
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = tf.train.Checkpoint(schedule=schedule, counter=counter)
        path = checkpoint.save(os.path.join(folder, "checkpoint"))
        counter.assign(0)
        checkpoint.restore(path)
        assert counter.numpy() == CONCURRENT


def check_iterations(strategy, coordinator):
    """Concurrent steps lose no update of the optimizer's counter."""
    schedule = tf_schedules.PolynomialDecay(1.0, CONCURRENT, 0.0)
    optimizer, _, step = _applied(strategy, coordinator, schedule)
    for _ in range(CONCURRENT):
        step()
    coordinator.join()
    assert optimizer.iterations.numpy() == CONCURRENT


def check_fit(strategy, _):
    """Keras's fit applies the rates, with one step per epoch."""
    peak = probe.peak(strategy, "inside")
    with strategy.scope():
        layer = probe.Weight(dtype="float64")
        inputs = tf.keras.layers.Input([1], dtype="float64")
        model = tf.keras.Model(inputs, layer(inputs))
        model.compile(
            tf.keras.optimizers.SGD(probe.schedule(peak)),
            lambda labels, outputs: outputs,
        )

    def dataset(_=None):
        zeros = tf.zeros([8, 1], tf.float64)
        pairs = tf.data.Dataset.from_tensor_slices((zeros, zeros))
        return pairs.batch(1).repeat()

    history = []

    class Record(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            history.append(layer.w.numpy())
            if epoch == probe.RETUNED - 1:
                peak.assign(probe.NEW_PEAK)

    data = dataset()
    if hasattr(tf.keras.utils, "experimental"):  # not in Keras 3
        data = tf.keras.utils.experimental.DatasetCreator(dataset)
    model.fit(
        data,
        steps_per_epoch=1,
        epochs=probe.STEPS,
        verbose=0,
        callbacks=[Record()],
    )
    assert history == probe.weights(), history


def main():
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if resolver.task_type in ("worker", "ps"):
        server = tf.distribute.Server(
            resolver.cluster_spec(),
            job_name=resolver.task_type,
            task_index=resolver.task_id,
            protocol="grpc",
        )
        server.join()
    strategy = tf.distribute.ParameterServerStrategy(resolver)
    coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)
    results = checks.run(
        (
            (name, check, strategy, coordinator, *arguments)
            for name, check, *arguments in (
                *((where, check_in_turn, where) for where in probe.WHERE),
                ("own-counter", check_own_counter),
                ("iterations", check_iterations),
                ("fit", check_fit),
            )
        )
    )
    checks.write(results)
    os._exit(0)


if __name__ == "__main__":
    main()
