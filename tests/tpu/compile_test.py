"""Every row, and whole training steps, compile with XLA:TPU for v2 to v6e."""

import re

import compiler
import pytest
import tensorflow as tf
import workloads

from tf_schedules.catalogue import recipes

every_generation = pytest.mark.parametrize("generation", compiler.TOPOLOGIES)


@pytest.fixture(scope="module")
def strategy():
    return compiler.strategy()


# Variables run only for the oldest and the newest generation: the compiler
# takes up to ten seconds for each of their logarithms and powers.
@pytest.mark.parametrize(
    ("kind", "generations"),
    [("numbers", list(compiler.TOPOLOGIES)), ("variables", ["v2", "v6e"])],
)
@pytest.mark.parametrize("row", recipes())
def test_every_row_compiles_without_communication(
    strategy, row, kind, generations
):
    schedule = workloads.schedules(strategy, row)[kind]
    replica = compiler.replica(strategy, schedule, workloads.STEP)
    assert replica.raw_handles == []
    assert len(replica.variables) == len(schedule.variables)
    stablehlo = compiler.lower(replica)
    for generation in generations:
        program = compiler.compile_for(stablehlo, generation)
        assert "all-reduce" not in program  # a rate needs no communication


@pytest.mark.parametrize("optimizer", workloads.OPTIMIZERS)
def test_training_steps_compile_with_an_all_reduce(strategy, optimizer):
    step, specs = workloads.training_step(strategy, optimizer)
    replica = compiler.replica(strategy, step, *specs)
    assert replica.raw_handles == []
    # The weights, the step and the peak of the rate, and AdamW's two moments.
    assert len(replica.variables) >= (8 if optimizer == "AdamW" else 4)
    stablehlo = compiler.lower(replica)
    for generation in compiler.TOPOLOGIES:
        assert "all-reduce" in compiler.compile_for(stablehlo, generation)


# --- failures that prove that the tool chain works ------------------------


def _of_python(step):
    rate = tf.py_function(lambda s: float(s), [step], tf.float32)
    return tf.ensure_shape(rate, [])


def _of_text(step):
    return tf.strings.to_number(tf.strings.as_string(step))


def _of_unknown_size(step):
    return tf.reduce_sum(tf.range(step))


@pytest.mark.parametrize(
    ("rate", "reason"),
    [
        (_of_python, "EagerPyFunc"),
        (_of_text, "AsString"),
        (_of_unknown_size, "compile-time constant"),
    ],
)
def test_operations_without_a_tpu_kernel_are_refused(strategy, rate, reason):
    replica = compiler.replica(strategy, rate, workloads.STEP)
    with pytest.raises(ValueError, match=reason):
        compiler.lower(replica)


@every_generation
def test_calls_that_the_compiler_does_not_know_are_refused(
    strategy, generation
):
    replica = compiler.replica(
        strategy, lambda step: tf.cast(step, tf.float32), workloads.STEP
    )
    known = compiler.lower(replica)
    compiler.compile_for(known, generation)
    unknown = re.sub(
        r"stablehlo\.convert (%\w+) : \(tensor<i64>\) -> tensor<f32>",
        r"stablehlo.custom_call @no_such_call(\1) : "
        r"(tensor<i64>) -> tensor<f32>",
        known,
    )
    assert unknown != known
    with pytest.raises(Exception, match="no_such_call"):
        compiler.compile_for(unknown, generation)


def test_a_variable_made_outside_the_strategy_is_found(strategy):
    rate = tf.Variable(0.1)
    replica = compiler.replica(
        strategy, lambda step: rate * tf.cast(step, tf.float32), workloads.STEP
    )
    assert len(replica.raw_handles) == 1
