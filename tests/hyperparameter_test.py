"""Hyperparameters are held by reference, read once, and not reassigned."""

import cases
import numpy as np
import pytest
import tensorflow as tf

from tf_schedules import (
    CosineDecayRestarts,
    ExponentialDecay,
    InverseSquareRootDecay,
    OneCycle,
)


@cases.every_class
def test_variables_give_the_rates_of_numbers(case):
    live, variables = case.live()
    held = live.trainable_variables
    assert {id(v) for v in held} == {id(v) for v in variables}
    steps = case.steps[case.steps < 10**4]
    if any(c.arguments.get("staircase") for c in case.parts):
        # A float64 quotient may fall on the other side of a whole number.
        near = {b + d for b in case.boundaries for d in (-1, 0)}
        steps = np.array([s for s in steps if int(s) not in near])
    want = case.make("float64")(steps).numpy()
    got = live(steps).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9 * max(abs(want)))


@pytest.mark.parametrize("warmup_steps", [0, 1, 2])
def test_a_ramp_of_few_steps_may_be_a_variable(warmup_steps):
    number = InverseSquareRootDecay(0.5, warmup_steps)
    variable = InverseSquareRootDecay(0.5, tf.Variable(warmup_steps))
    want = number(range(9)).numpy()
    assert np.isfinite(want).all()
    np.testing.assert_allclose(variable(range(9)), want, 1e-6)


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("total_steps", [1, 2, 3, 4])
def test_a_cycle_of_few_steps_may_be_a_variable(total_steps, three_phase):
    options = {"warmup_fraction": 0.5, "three_phase": three_phase}
    number = OneCycle(0.5, total_steps, **options)
    variable = OneCycle(0.5, tf.Variable(total_steps), **options)
    want = number(range(9)).numpy()
    assert np.isfinite(want).all()
    np.testing.assert_allclose(variable(range(9)), want, 1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_assigning_takes_effect_at_the_next_step(compiled):
    rate, steps = tf.Variable(1.0), tf.Variable(10)
    schedule = ExponentialDecay(rate, steps, 0.5)
    train = tf.function(lambda s: schedule(s), jit_compile=compiled)
    ten = tf.constant(10)
    for call in (schedule, train):
        rate.assign(1.0), steps.assign(10)
        assert float(call(ten)) == 0.5
        rate.assign(2.0)
        assert float(call(ten)) == 1.0
        steps.assign(5)
        assert float(call(ten)) == 0.5
    assert train.experimental_get_tracing_count() == 1


@cases.every_class
def test_each_variable_is_read_once_per_call(case):
    live, _ = case.live()
    graph = tf.function(live).get_concrete_function(tf.TensorSpec([], tf.int64))
    reads = [
        op for op in graph.graph.get_operations() if op.type == "ReadVariableOp"
    ]
    assert len(reads) == len(live.variables)


def test_variables_are_listed_after_every_kind_of_step():
    rate = tf.Variable(0.5)
    schedule = ExponentialDecay(rate, 10, 0.9)
    schedule(1), schedule(1.5)
    assert [id(variable) for variable in schedule.variables] == [id(rate)]
    assert schedule.submodules == ()


def test_private_attributes_can_be_set_and_deleted():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    schedule._note = "of the user's own"
    del schedule._note
    assert not hasattr(schedule, "_note")


def test_hyperparameters_cannot_be_reassigned():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(AttributeError, match=r"decay_steps.*tf\.Variable"):
        schedule.decay_steps = 20
    with pytest.raises(AttributeError, match="has no hyperparameter decay_st"):
        schedule.decay_step = 20
    with pytest.raises(AttributeError, match="decay_steps cannot be deleted"):
        del schedule.decay_steps
    with pytest.raises(AttributeError):
        schedule.name = "other"
    assert schedule.decay_steps == 10
    assert float(schedule(10)) == np.float32(0.09)


def test_arguments_are_stored_unchanged():
    rate, steps = tf.Variable(0.1), np.int64(10)
    schedule = CosineDecayRestarts(rate, steps, t_mul=2)
    assert schedule.initial_learning_rate is rate
    assert schedule.first_decay_steps is steps
    assert schedule.t_mul == 2
    assert isinstance(schedule, tf.Module)
    assert schedule.trainable_variables == (rate,)
