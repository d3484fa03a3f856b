"""The helper counts every trace, and no call without one."""

import pytest
import tensorflow as tf
import traces

from tf_schedules import Constant, ExponentialDecay


def test_a_trace_counts_once_however_often_it_is_called():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    with traces.of(schedule) as steps:
        assert steps == []
        for step in range(3):
            schedule(step)
        assert [step.count.dtype for step in steps] == [tf.int64]
        schedule(0.5)
        assert [step.count.dtype for step in steps] == [tf.int64, tf.float64]


@pytest.mark.parametrize("is_of_the_class", [False, True])
def test_a_function_that_retraces_counts_at_every_call(is_of_the_class):
    schedule = ExponentialDecay(0.1, 10, 0.9)
    target = ExponentialDecay if is_of_the_class else schedule
    with traces.of(target) as steps:
        for step in range(3):
            tf.function(schedule)(tf.constant(step))
    assert len(steps) == 3


def test_a_schedule_counts_alone_and_a_class_counts_all_of_its_own():
    first, second = (ExponentialDecay(0.1, 10, 0.9) for _ in range(2))
    with traces.of(first) as of_one, traces.of(ExponentialDecay) as of_all:
        second(0), Constant(0.1)(0)
        assert (len(of_one), len(of_all)) == (0, 1)
        first(0)
        assert len(of_one) == 1


@pytest.mark.parametrize("is_of_the_class", [False, True])
def test_the_formula_is_restored_afterwards(is_of_the_class):
    schedule = ExponentialDecay(0.5, 2, 0.5)
    target = ExponentialDecay if is_of_the_class else schedule
    before = vars(target).get("_formula")
    with traces.of(target) as steps:
        rate = float(schedule(4))
    assert rate == 0.125
    assert vars(target).get("_formula") is before
    schedule(0.5)  # a trace that nothing counts any more
    assert len(steps) == 1
