"""For any valid hyperparameters and any step a rate is finite and bounded."""

import math

import numpy as np
import oracles
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_schedules import CosineDecayRestarts, ExponentialDecay

settings.register_profile(
    "few", max_examples=100, deadline=None, derandomize=True
)
settings.load_profile("few")

_RATES = st.floats(1e-8, 10.0)
_COUNTS = st.integers(1, 10**9) | st.floats(0.01, 1e9)
_STEPS = st.lists(
    st.integers(0, 2**53) | st.integers(0, 10**4), min_size=1, max_size=20
)
_RATIOS = (
    st.just(1) | st.floats(1.0, 10.0) | st.sampled_from([1.1, 1.5, 2.0, 1e9])
)


def _check(schedule, steps, low, high):
    for tensor in (np.array(steps), np.array(steps, np.float64)):
        rates = schedule(tensor).numpy().astype(np.float64)
        assert np.all(np.isfinite(rates)), (schedule, steps, rates)
        slack = 1e-6 * abs(high)
        assert np.all(rates >= low - slack), (schedule, steps, rates)
        assert np.all(rates <= high + slack), (schedule, steps, rates)


@given(_RATES, _COUNTS, st.floats(0.0, 1.0), st.booleans(), _STEPS)
def test_exponential_decay(rate, decay_steps, decay_rate, staircase, steps):
    schedule = ExponentialDecay(rate, decay_steps, decay_rate, staircase)
    _check(schedule, steps, 0.0, rate)
    rates = schedule(sorted(steps)).numpy()
    assert np.all(np.diff(rates) <= 0), "it never rises"


@given(_RATES, st.floats(1.0, 10.0), _STEPS)
def test_exponential_growth(rate, decay_rate, steps):
    rates = ExponentialDecay(rate, 100, decay_rate)(steps).numpy()
    assert not np.any(np.isnan(rates))
    assert np.all(rates >= np.float32(rate))
    assert ExponentialDecay(0.0, 100, decay_rate)(2**53) == 0.0


@given(
    _RATES, _COUNTS, _RATIOS, st.floats(0.0, 1.0), st.floats(0.0, 1.0), _STEPS
)
def test_restarts(rate, first, t_mul, m_mul, alpha, steps):
    schedule = CosineDecayRestarts(rate, first, t_mul, m_mul, alpha)
    _check(schedule, steps, alpha * rate, rate)


@given(_COUNTS, _RATIOS, st.integers(0, 30))
def test_a_restart_is_at_its_first_whole_step(first, t_mul, cycle):
    start = oracles.cycle_start(cycle, first, t_mul)
    step = math.ceil(start)
    if step > 2**53 or (t_mul != 1 and t_mul < 1.01):
        return
    schedule = CosineDecayRestarts(1.0, first, t_mul)
    exact = oracles.CosineDecayRestarts(step, 1.0, first, t_mul)
    assert float(schedule(step)) == pytest.approx(float(exact), rel=1e-6)


@given(_RATES, _COUNTS, _RATIOS, st.floats(0.5, 1.0), _STEPS)
@settings(max_examples=30)
def test_restarts_of_variables(rate, first, t_mul, m_mul, steps):
    values = [
        tf.Variable(float(value), dtype=tf.float64)
        for value in (rate, first, t_mul, m_mul)
    ]
    schedule = CosineDecayRestarts(*values)
    rates = schedule(steps).numpy()
    assert np.all(np.isfinite(rates))
    assert np.all((rates >= 0) & (rates <= rate * (1 + 1e-9)))
