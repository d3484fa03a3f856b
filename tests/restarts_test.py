"""Every step next to a restart has the right rate."""

import functools
import math

import numpy as np
import oracles
import pytest
import tensorflow as tf

from tf_schedules import CosineDecayRestarts

_FIRSTS = (1, 2.5, 10, 300, 313, 1000)
_RATIOS = (1.01, 1.1, 1.2, 1.25, 1.3, 1.5, 1.7, 2.0, 3, 5.0, 10.0)
_LAST = 2**50
_PEAK_RATIO = 0.999


@functools.cache
def _around_restarts(first, ratio) -> tuple[np.ndarray, np.ndarray]:
    """Each cycle's first step and the step before it, up to 2**50; their rates.

    The peaks fall from cycle to cycle, so that a wrong cycle number shows as
    clearly as a missed restart.
    """
    (a, b) = oracles.exact(first).as_integer_ratio()
    (p, q) = oracles.exact(ratio).as_integer_ratio()
    cycle, start, length, scale = 0, 0, a, b
    steps, rates = [], []
    while True:
        end = start + length
        step = -(-end // scale)  # the first step of the next cycle
        if step > _LAST:
            return np.array(steps, np.int64), np.array(rates)
        left = (end - (step - 1) * scale) / length
        steps.append(step - 1)
        rates.append(_PEAK_RATIO**cycle * _half_cosine(left))
        cycle += 1
        start, length, scale = end * q, length * p, scale * q
        steps.append(step)
        left = 1 - (step * scale - start) / length
        rates.append(_PEAK_RATIO**cycle * _half_cosine(left))


def _half_cosine(left: float) -> float:
    return math.sin(math.pi / 2 * left) ** 2


@pytest.mark.parametrize("ratio", [1.1, 1.5, 2.0])
@pytest.mark.parametrize("first", _FIRSTS)
def test_rates_around_restarts_match_the_oracle(first, ratio):
    steps, rates = _around_restarts(first, ratio)
    for step, rate in zip(steps[:60], rates[:60], strict=True):
        exact = oracles.CosineDecayRestarts(
            int(step), 1.0, first, ratio, _PEAK_RATIO
        )
        assert rate == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("first", _FIRSTS)
@pytest.mark.parametrize("ratio", _RATIOS)
def test_every_way_to_evaluate_agrees_around_every_restart(first, ratio):
    schedule = CosineDecayRestarts(1.0, first, ratio, _PEAK_RATIO)
    steps, want = _around_restarts(first, ratio)

    def each_by_itself(steps):
        return tf.map_fn(schedule, steps, tf.float32)

    spec = [tf.TensorSpec([None], tf.int64)]
    ways = {
        "eager": schedule,
        "graph": tf.function(schedule.__call__, spec),
        "scalars": tf.function(each_by_itself, spec),
        "XLA": tf.function(schedule.__call__, spec, jit_compile=True),
        "real": lambda s: schedule(tf.cast(s, tf.float64)),
    }
    for way, function in ways.items():
        got = function(tf.constant(steps)).numpy()
        wrong = steps[np.abs(got - want) > 1e-6 * want + 1e-12]
        assert wrong.size == 0, (way, wrong)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_variables_restart_within_the_tolerance(ratio, dtype):
    """With variables a logarithm finds the cycle, to 6e-14 of the step."""
    first = tf.Variable(313, dtype=tf.int64)
    schedule = CosineDecayRestarts(1.0, first, tf.Variable(ratio, dtype=dtype))
    if ratio == 1.0:
        steps = np.array([313 * c + d for c in range(1, 60) for d in (-1, 0)])
    else:
        steps = _around_restarts(313, ratio)[0]
        steps = steps[steps < 2**40]
    want = [
        float(oracles.CosineDecayRestarts(int(s), 1.0, 313, ratio))
        for s in steps
    ]
    np.testing.assert_allclose(schedule(steps), want, rtol=0, atol=1e-6)


def test_nearly_equal_cycles_restart_on_their_steps():
    schedule = CosineDecayRestarts(1.0, 100, 1.0001)
    starts = [oracles.cycle_start(c, 100, 1.0001) for c in range(1, 1000, 7)]
    for start in starts:
        first_step = -(-start.numerator // start.denominator)
        for step in (first_step - 1, first_step):
            want = float(oracles.CosineDecayRestarts(step, 1.0, 100, 1.0001))
            assert float(schedule(step)) == pytest.approx(want, abs=1e-6)


def test_whole_variables_restart_on_their_steps():
    length, rate = tf.Variable(300, dtype=tf.int64), tf.Variable(0.5)
    live = CosineDecayRestarts(rate, length, 1.0, 0.5, 0.1)
    fixed = CosineDecayRestarts(0.5, 300, 1.0, 0.5, 0.1)
    steps = [0, 299, 300, 301, 3 * 10**6 - 1, 3 * 10**6]
    np.testing.assert_allclose(live(steps), fixed(steps), rtol=2e-7)
    length.assign(7)
    assert live([6, 7]).numpy()[1] > live([6, 7]).numpy()[0]


def test_the_end_of_a_cycle_keeps_its_precision_with_variables():
    rate = tf.constant(0.1, tf.float64)
    live = CosineDecayRestarts(rate, tf.Variable(1e9, dtype=tf.float64), 1.0)
    fixed = CosineDecayRestarts(rate, 1e9, 1.0)
    last = 10**9 - 1
    np.testing.assert_allclose(live(last), fixed(last), rtol=1e-14)


def test_a_rate_that_is_a_variable_has_the_amplitudes_of_a_number():
    live = CosineDecayRestarts(tf.Variable(0.5), 10, 1.5, 0.9, 0.01)
    fixed = CosineDecayRestarts(0.5, 10, 1.5, 0.9, 0.01)
    steps = [0, 9, 10, 24, 25, 10**6]
    np.testing.assert_array_equal(live(steps), fixed(steps))
    assert [float(live(step)) for step in steps] == fixed(
        steps
    ).numpy().tolist()


@pytest.mark.parametrize(
    ("t_mul", "make"), [(1.0, float), (1.5, float), (1.5, tf.Variable)]
)
def test_a_peak_ratio_that_is_a_variable_has_the_peaks_of_a_number(t_mul, make):
    live = CosineDecayRestarts(0.5, 10, make(t_mul), tf.Variable(0.9), 0.01)
    fixed = CosineDecayRestarts(0.5, 10, t_mul, 0.9, 0.01)
    steps = [0, 9, 10, 24, 25, 100]
    np.testing.assert_allclose(live(steps), fixed(steps), rtol=1e-6)
