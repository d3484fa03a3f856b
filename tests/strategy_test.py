"""Every replica applies the rate of the step, under MirroredStrategy.

In a process of its own, because devices are set before TensorFlow starts.
"""

import subprocess
import sys

_PROGRAM = """
import numpy as np, tensorflow as tf, tf_schedules as tfs
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    rate = tf.Variable(0.5, trainable=False,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA)
for schedule in (
    tfs.CosineDecayRestarts(0.5, 3, 1.5),
    tfs.ExponentialDecay(rate, 2, 0.5),
    tfs.Warmup(tfs.CosineDecay(rate, 5), 3),
):
    with strategy.scope():
        weight = tf.Variable(0.0, dtype=tf.float64)
        optimizer = tf.keras.optimizers.SGD(schedule)
        optimizer.build([weight])

    @tf.function
    def step():
        def replica():
            # Keras averages or sums over replicas: either way a half is 1.
            one = tf.constant(0.5, tf.float64)
            optimizer.apply_gradients([(one, weight)])
        strategy.run(replica)

    for number in range(8):
        if number == 4:
            rate.assign(0.25)
        before = weight.numpy()
        step()
        copies = strategy.experimental_local_results(weight)
        copies = [copy.numpy() for copy in copies]
        assert len(copies) == 2 and copies[0] == copies[1]
        np.testing.assert_allclose(
            before - copies[0], schedule(number).numpy(), rtol=1e-6, atol=1e-9)
        results = strategy.run(schedule, args=(tf.constant(number),))
        for result in strategy.experimental_local_results(results):
            assert result.numpy() == schedule(number).numpy()
    rate.assign(0.5)
    assert optimizer.iterations.numpy() == 8
print("every replica")
"""


def test_both_replicas_apply_the_rate():
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert "every replica" in result.stdout
