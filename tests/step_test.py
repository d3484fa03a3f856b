"""Steps are whole or real numbers, in any container, and nothing else."""

import cases
import numpy as np
import pytest
import tensorflow as tf

from tf_schedules import CosineDecayRestarts, FromFunction


@cases.every_class
def test_every_kind_of_step_gives_the_same_rate(case):
    schedule = case.make()
    want = float(schedule(7))
    kinds = [
        7.0,
        *(t(7) for t in (np.int8, np.uint8, np.int32, np.int64, np.uint64)),
        *(t(7) for t in (np.float16, np.float32, np.float64)),
        np.array(7),
        *(tf.constant(7, t) for t in (tf.int32, tf.int64, tf.uint8)),
        *(tf.constant(7, t) for t in (tf.bfloat16, tf.float32, tf.float64)),
        tf.Variable(7),
        tf.Variable(7, dtype=tf.int64),
        tf.keras.optimizers.SGD().iterations + 7,
    ]
    for step in kinds:
        assert float(schedule(step)) == pytest.approx(want, rel=1e-6), step
    for steps in ([7, 7], (7, 7), [7.0, 7.0], np.array([7, 7])):
        np.testing.assert_allclose(schedule(steps), [want] * 2, rtol=1e-6)


def test_the_iterations_of_an_optimizer_work_as_a_step():
    schedule = CosineDecayRestarts(0.5, 2)
    optimizer = tf.keras.optimizers.SGD(schedule)
    weight = tf.Variable(1.0)
    optimizer.build([weight])
    for step in range(5):
        assert float(schedule(optimizer.iterations)) == float(schedule(step))
        optimizer.apply_gradients([(tf.constant(0.0), weight)])


@cases.every_class
def test_steps_before_0_count_as_0(case):
    schedule = case.make()
    first = float(schedule(0))
    for step in (-1, -(2**63), -(10**30), -0.5, -np.inf, np.int32(-5)):
        assert float(schedule(step)) == first


@cases.every_class
def test_nan_stays_nan_and_affects_no_other_step(case):
    schedule = case.make()
    rates = schedule([np.nan, 1.0, np.nan]).numpy()
    assert np.isnan(rates).tolist() == [True, False, True]
    assert rates[1] == pytest.approx(float(schedule(1)), rel=1e-6)


@cases.every_class
def test_huge_and_infinite_steps_give_a_number(case):
    schedule = case.make()
    for step in (2**53, 2**62, 2**63 - 1, 10**30, 1e30, np.inf):
        assert not np.isnan(float(schedule(step)))


def test_steps_at_the_ends_of_the_integers_keep_their_value():
    last = 2**63 - 1
    is_last = FromFunction(lambda step: tf.cast(step == last, tf.float32))
    for step in (last, last + 1, 10**30, np.uint64(last), np.uint64(2**64 - 1)):
        assert is_last(step) == 1.0, step
    for step in (last - 1, np.uint64(last - 1), np.int64(-(2**63)), 0):
        assert is_last(step) == 0.0, step


def test_neighbouring_steps_past_2_to_the_24_differ():
    schedule = CosineDecayRestarts(1.0, 2**25 + 2)
    assert float(schedule(2**25 + 1)) < 1e-12
    assert float(schedule(2**25 + 2)) == 1.0
    for dtype in ("bfloat16", "float16"):
        rate = tf.constant(1.0, dtype)
        narrow = CosineDecayRestarts(rate, 100, 1.0)
        rates = [float(r) for r in narrow(np.arange(10**6, 10**6 + 100))]
        assert len(set(rates)) > 30, dtype
        assert rates[0] == 1


@pytest.mark.parametrize(
    "step", ["7", 1j, None, True, [None], [[1], [2, 3]], tf.constant("7"), {}]
)
def test_other_values_are_refused_as_steps(step):
    schedule = CosineDecayRestarts(0.1, 10)
    with pytest.raises(TypeError, match="step must be a whole or a real numb"):
        schedule(step)
