"""Compares our schedules with Keras 3's in one process, by paired ratios.

    python benchmarks/benchmark.py

It prints medians; a ratio below 1 means that ours is faster, or has fewer
operations. It times the two of a pair back to back and alternates their order,
so that other load on the machine affects both.
"""

import os
import statistics
import subprocess
import sys
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from tensorflow.python.eager import context

import tf_schedules

_PAIRS = 41
_LOOP_STEPS = 2000
_VECTOR = 10**6
_ROWS = [
    ("ExponentialDecay", (0.1, 1000, 0.9)),
    ("CosineDecayRestarts", (0.1, 1000)),
    ("CosineDecayRestarts", (0.1, 1000, 1.5, 0.9, 0.01)),
]


def _seconds(function, repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - start) / repeat


def paired(ours, theirs, repeat: int) -> tuple[float, float, float]:
    """The median ratio, and the median seconds of each function."""
    ours(), theirs()  # not timed: tracing
    pairs = []
    for number in range(_PAIRS):
        if number % 2:
            pairs.append((_seconds(ours, repeat), _seconds(theirs, repeat)))
        else:
            their_time = _seconds(theirs, repeat)
            pairs.append((_seconds(ours, repeat), their_time))
    return (
        statistics.median(a / b for a, b in pairs),
        *(statistics.median(times) for times in zip(*pairs, strict=True)),
    )


def in_a_loop(schedule):
    """A function that sums the rates of many steps, one by one."""

    @tf.function
    def loop(first):
        total = tf.constant(0.0)
        for step in tf.range(first, first + _LOOP_STEPS):
            total += schedule(step)
        return total

    first = tf.constant(0, tf.int64)
    return lambda: loop(first)


def on_a_vector(schedule):
    """A function that returns the rates of many steps at once."""
    steps = tf.range(_VECTOR, dtype=tf.int64)
    function = tf.function(lambda s: schedule(s))
    return lambda: function(steps)


def executed_operations(schedule) -> int:
    """The number of operations per step after TensorFlow's graph optimizer."""
    function = tf.function(lambda step: schedule(step))
    step = tf.constant(5, tf.int64)
    with context.collect_graphs(optimized=True) as graphs:
        function(step)  # the first run optimizes the graph
    free = ("Const", "_Arg", "_Retval", "_EagerConst", "NoOp", "Identity")
    return sum(n.op not in free for graph in graphs for n in graph.node)


def import_seconds() -> tuple[float, float]:
    """The seconds to import TensorFlow, then the package, in new processes."""
    code = (
        "import time; a = time.perf_counter(); import tensorflow; "
        "b = time.perf_counter(); import tf_schedules; "
        "print(b - a, time.perf_counter() - b)"
    )
    runs = [
        subprocess.check_output(
            [sys.executable, "-c", code], stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(5)
    ]
    times = zip(*(map(float, run.split()) for run in runs), strict=True)
    return tuple(statistics.median(column) for column in times)


def _row(name, measure, ratio, ours, theirs, unit):
    values = f"{ours:10.2f} {theirs:10.2f}  {unit}"
    print(f"{name:22} {measure:26} {ratio:6.2f} {values}", flush=True)


def _row_of_tables(length: int):
    """Compares a table of `length` parts with a table of 10 parts."""
    loops = [
        in_a_loop(
            tf_schedules.PiecewiseInterpolation(
                range_of_steps, [0.001 * i for i in range(parts + 1)]
            )
        )
        for parts in (length, 10)
        for range_of_steps in [list(range(0, 7 * parts + 1, 7))]
    ]
    ratio, *times = paired(*loops, 1)
    times = (t / _LOOP_STEPS * 1e6 for t in times)
    _row(
        "PiecewiseInterpolation",
        f"{length} parts, to 10 parts",
        ratio,
        *times,
        "us",
    )


def _row_of_variables():
    """Compares an eager call with a rate that is a variable and a number."""
    step = tf.constant(12345, tf.int64)
    pair = [
        tf_schedules.ExponentialDecay(rate, 1000, 0.9)
        for rate in (tf.Variable(0.1), 0.1)
    ]
    ratio, *times = paired(*(lambda s=s: s(step) for s in pair), 200)
    times = (t * 1e6 for t in times)
    _row("ExponentialDecay", "eager, variable to number", ratio, *times, "us")


def in_training(strategy, rate):
    """A function that trains a small model for one step."""
    with strategy.scope():
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Input([64]),
                tf.keras.layers.Dense(256, "relu"),
                tf.keras.layers.Dense(10),
            ]
        )
        optimizer = tf.keras.optimizers.SGD(rate)
        optimizer.build(model.trainable_variables)

    @tf.function
    def step(features):
        def replica(features):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(features)))
            variables = model.trainable_variables
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

        strategy.run(replica, args=(features,))

    features = tf.ones([128, 64])
    return lambda: step(features)


def _row_of_training():
    """Compares a schedule with a constant rate under MirroredStrategy."""
    strategy = tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
    schedule = tf_schedules.CosineDecayRestarts(1e-6, 1000)
    pair = in_training(strategy, schedule), in_training(strategy, 1e-6)
    ratio, *times = paired(*pair, 50)
    times = (t * 1e3 for t in times)
    _row("CosineDecayRestarts", "mirrored, to a constant", ratio, *times, "ms")


def _row_of_finding():
    """Compares a range test with plain training of as many steps."""
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input([64]),
            tf.keras.layers.Dense(256, "relu"),
            tf.keras.layers.Dense(10),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(1e-8), "mse", jit_compile=False)
    data = {"x": tf.ones([6400, 64]), "y": tf.ones([6400, 10]), "verbose": 0}

    def find():
        # Rates that never diverge, and so suggest nothing.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tf_schedules.find_learning_rate(
                model, **data, start=1e-9, end=1e-8, steps=200
            )

    def train():
        model.make_train_function(force=True)  # which a test does too
        model.fit(**data)

    ratio, *times = paired(find, train, 1)
    times = (t * 1e3 for t in times)
    _row("find_learning_rate", "200 steps, to plain ones", ratio, *times, "ms")


def main():
    """Prints the table."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    print(f"{'':22} {'':26} {'ratio':>6} {'ours':>10} {'Keras':>10}")
    step = tf.constant(12345, tf.int64)
    for name, arguments in _ROWS:
        ours = getattr(tf_schedules, name)(*arguments)
        theirs = getattr(tf.keras.optimizers.schedules, name)(*arguments)
        print(f"{name}{arguments}")
        pair = ours, theirs
        ratio, *times = paired(*(lambda s=s: s(step) for s in pair), 200)
        _row(name, "eager call", ratio, *(t * 1e6 for t in times), "us")
        ratio, *times = paired(*map(in_a_loop, pair), 1)
        times = (t / _LOOP_STEPS * 1e6 for t in times)
        _row(name, "a step in a graph loop", ratio, *times, "us")
        ratio, *times = paired(*map(on_a_vector, pair), 1)
        _row(
            name,
            "a million steps at once",
            ratio,
            *(t * 1e3 for t in times),
            "ms",
        )
        counts = [executed_operations(s) for s in pair]
        _row(name, "executed operations", counts[0] / counts[1], *counts, "")
    _row_of_variables()
    for length in (10, 10_000):
        _row_of_tables(length)
    _row_of_training()
    _row_of_finding()
    tensorflow, package = import_seconds()
    print(
        f"importing tf_schedules adds {package * 1e3:.0f} ms to TensorFlow's "
        f"{tensorflow * 1e3:.0f} ms: {package / tensorflow:.1%}"
    )


if __name__ == "__main__":
    main()
