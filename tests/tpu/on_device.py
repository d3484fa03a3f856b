"""Runs the rows and a training step on a TPU, if there is one.

Without a TPU it runs on two logical CPU devices, which tests the program
itself. It prints which devices it used. `device_test.py` starts it.
"""

import os

import numpy as np
import tensorflow as tf
import workloads

from tf_schedules.catalogue import recipes


def strategy() -> tf.distribute.Strategy:
    """A strategy over the TPUs that TPUClusterResolver finds, or CPUs."""
    name = os.environ.get("TPU_NAME")
    if name or tf.config.list_physical_devices("TPU"):
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
            name or "local"
        )
        if name:
            tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def check_row(strategy, row: str):
    """Whole steps give every replica the rate that this host computes."""
    last = recipes()[row].steps
    steps = [0, 1, *np.linspace(2, last + 1, 20).astype(np.int64), 2**40]
    for schedule in workloads.schedules(strategy, row).values():

        @tf.function
        def rates(step, schedule=schedule):
            return strategy.run(schedule, args=(step,))

        want = np.array([float(schedule(step)) for step in steps])
        for rate, step in zip(want, steps, strict=True):
            results = rates(tf.constant(step, tf.int64))
            for result in strategy.experimental_local_results(results):
                # Powers in emulated float64 are accurate to 8e-8 of the peak.
                np.testing.assert_allclose(
                    float(result), rate, rtol=1e-6, atol=2e-7 * max(want)
                )


def check_training(strategy, optimizer: str):
    """Steps lower the loss and increase the counter."""
    step, _ = workloads.training_step(strategy, optimizer)

    @tf.function
    def run(features, labels):
        return strategy.run(step, args=(features, labels))

    features = tf.random.stateless_normal([workloads.BATCH, 8], [1, 2])
    labels = tf.ones([workloads.BATCH, 2])
    losses = []
    for _ in range(12):
        loss, rate = run(features, labels)
        losses.append(
            float(strategy.experimental_local_results(loss)[0].numpy())
        )
        rates = strategy.experimental_local_results(rate)
        assert len({float(r) for r in rates}) == 1
    assert losses[-1] < losses[0]


def main():
    """Checks everything, and prints the devices."""
    made = strategy()
    for row in recipes():
        check_row(made, row)
    for optimizer in workloads.OPTIMIZERS:
        check_training(made, optimizer)
    is_tpu = isinstance(made, tf.distribute.TPUStrategy)
    print(
        f"{made.num_replicas_in_sync} replicas on", "TPU" if is_tpu else "CPU"
    )


if __name__ == "__main__":
    main()
