"""One trace per instance and kind of step, and no hidden state."""

import threading

import cases
import numpy as np
import tensorflow as tf
import traces

from tf_schedules import CosineDecayRestarts, ExponentialDecay


def _dtypes(steps):
    return [step.count.dtype.name for step in steps]


@cases.every_class
def test_all_steps_of_a_kind_share_one_trace(case):
    schedule = case.make()
    whole = (0, 5, np.int32(5), [1, 2], [[1]], tf.constant(7), range(3))
    with traces.of(schedule) as steps:
        for step in whole:
            schedule(list(step) if isinstance(step, range) else step)
        assert _dtypes(steps) == ["int64"]
        for step in (0.5, np.float32(5), [1.0, 2.0], tf.constant(7.0)):
            schedule(step)
        assert _dtypes(steps) == ["int64", "float64"]


def test_a_surrounding_function_traces_a_schedule_once():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    train = tf.function(lambda step: schedule(step))
    with traces.of(schedule) as steps:
        for step in range(5):
            train(tf.constant(step))
    assert _dtypes(steps) == ["int64"]


def test_threads_share_one_trace():
    schedule = CosineDecayRestarts(0.1, 10)
    rates = {}

    def evaluate(thread):
        rates[thread] = schedule(np.arange(100)).numpy().tobytes()

    threads = [threading.Thread(target=evaluate, args=[i]) for i in range(16)]
    with traces.of(schedule) as steps:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(rates) == 16
    assert len(set(rates.values())) == 1
    assert _dtypes(steps) == ["int64"]


def test_schedules_are_collected_neither_too_early_nor_never():
    import gc
    import weakref

    schedule = ExponentialDecay(0.1, 10, 0.9)
    schedule(1), schedule(1.0)
    reference = weakref.ref(schedule)
    del schedule
    gc.collect()
    assert reference() is None


@cases.every_class
def test_graphs_hold_no_state_and_no_python(case):
    schedule = case.make()
    graph = tf.function(schedule).get_concrete_function(
        tf.TensorSpec([], tf.int64)
    )
    operations = graph.graph.get_operations()
    stateful = [op.type for op in operations if op.op_def.is_stateful]
    # Only a table of edits has variables, and the graph only reads them.
    assert stateful == ["ReadVariableOp"] * len(schedule.variables)
    assert len(graph.captured_inputs) == len(schedule.variables)
    assert bool(schedule.variables) == (case.schedule == "Adjustable")


def test_a_schedule_made_inside_a_function_leaks_no_tensor():
    made = []

    @tf.function
    def train(step, decay_steps):
        schedule = ExponentialDecay(0.1, decay_steps, 0.9)
        made.append(ExponentialDecay(0.1, 10, 0.9))
        return schedule(step)

    rate = train(tf.constant(10), tf.constant(10))
    assert float(rate) == np.float32(0.1 * 0.9)
    assert float(made[0](10)) == np.float32(0.1 * 0.9)
    assert made[0].get_config()["initial_learning_rate"] == 0.1


def test_a_graph_of_tensorflow_1_gives_the_rates():
    schedule = CosineDecayRestarts(0.5, 2)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        step = tf.compat.v1.placeholder(tf.int64, [])
        rate = schedule(step)
        assert session.run(rate, {step: 1}) == 0.25
        assert session.run(rate, {step: 2}) == 0.5
