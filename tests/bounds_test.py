"""Rates are finite and exact for any valid hyperparameters and any step."""

import math

import cases
import numpy as np
import oracles
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_schedules import CosineDecayRestarts, ExponentialDecay

settings.register_profile(
    "few", max_examples=50, deadline=None, derandomize=True
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
def test_exponential_decay_stays_in_bounds_and_never_rises(
    rate, decay_steps, decay_rate, staircase, steps
):
    schedule = ExponentialDecay(rate, decay_steps, decay_rate, staircase)
    _check(schedule, steps, 0.0, rate)
    rates = schedule(sorted(steps)).numpy()
    assert np.all(np.diff(rates) <= 0), "the rate rises"


@given(_RATES, st.floats(1.0, 10.0), _STEPS)
def test_exponential_growth_never_falls_below_its_start(
    rate, decay_rate, steps
):
    rates = ExponentialDecay(rate, 100, decay_rate)(steps).numpy()
    assert not np.any(np.isnan(rates))
    assert np.all(rates >= np.float32(rate))
    assert ExponentialDecay(0.0, 100, decay_rate)(2**53) == 0.0


@given(
    _RATES, _COUNTS, _RATIOS, st.floats(0.0, 1.0), st.floats(0.0, 1.0), _STEPS
)
def test_restarts_stay_in_bounds(rate, first, t_mul, m_mul, alpha, steps):
    schedule = CosineDecayRestarts(rate, first, t_mul, m_mul, alpha)
    _check(schedule, steps, alpha * rate, rate)


@given(_COUNTS, _RATIOS, st.integers(0, 30))
def test_a_restart_falls_on_its_first_whole_step(first, t_mul, cycle):
    start = oracles.cycle_start(cycle, first, t_mul)
    step = math.ceil(start)
    if step > 2**53 or (t_mul != 1 and t_mul < 1.01):
        return
    schedule = CosineDecayRestarts(1.0, first, t_mul)
    exact = oracles.CosineDecayRestarts(step, 1.0, first, t_mul)
    assert float(schedule(step)) == pytest.approx(float(exact), rel=1e-6)


@pytest.mark.slow
@given(_RATES, _COUNTS, _RATIOS, st.floats(0.5, 1.0), _STEPS)
@settings(max_examples=30)
def test_restarts_of_variables_stay_in_bounds(rate, first, t_mul, m_mul, steps):
    values = [
        tf.Variable(float(value), dtype=tf.float64)
        for value in (rate, first, t_mul, m_mul)
    ]
    schedule = CosineDecayRestarts(*values)
    rates = schedule(steps).numpy()
    assert np.all(np.isfinite(rates))
    assert np.all((rates >= 0) & (rates <= rate * (1 + 1e-9)))


_WHOLE = st.integers(0, 10**9) | st.integers(0, 10**9).map(float)
_LENGTH = st.integers(1, 10**9)
_SHAPE = st.sampled_from(
    [*("linear", "cosine", "1-sqrt", "exponential", "rex", 2, 0.5)]
)
_ANY_RATE = st.floats(0.0, 10.0).map(lambda x: round(x, 6))
_ASCENDING = st.sets(st.integers(0, 10**12), min_size=2, max_size=12).map(
    sorted
)


@st.composite
def _tables(draw, more):
    boundaries = draw(_ASCENDING)
    count = len(boundaries) + more
    return boundaries, draw(st.lists(_ANY_RATE, min_size=count, max_size=count))


def _arguments(**strategies):
    return st.fixed_dictionaries(strategies)


_CONSTANTS = _arguments(learning_rate=_ANY_RATE).map(
    lambda a: cases.Case("Constant", a)
)
_LEAVES = _CONSTANTS | _arguments(
    initial_learning_rate=_ANY_RATE, decay_steps=_COUNTS, alpha=st.floats(0, 1)
).map(lambda a: cases.Case("CosineDecay", a))
_VALID = {
    "InverseTimeDecay": _arguments(
        initial_learning_rate=_ANY_RATE,
        decay_steps=_COUNTS,
        decay_rate=st.floats(0.0, 10.0),
        staircase=st.booleans(),
    ),
    "PolynomialDecay": _arguments(
        initial_learning_rate=_ANY_RATE,
        decay_steps=_COUNTS,
        end_learning_rate=_ANY_RATE,
        power=st.sampled_from([0, 0.5, 1, 1.0, 2, 3.5]),
        cycle=st.booleans(),
    ),
    "PiecewiseConstantDecay": _tables(1).map(
        lambda t: dict(zip(("boundaries", "values"), t, strict=True))
    ),
    "PiecewiseInterpolation": st.tuples(_tables(0), _SHAPE).map(
        lambda t: {"steps": t[0][0], "values": t[0][1], "shape": t[1]}
    ),
    "CosineDecay": _arguments(
        initial_learning_rate=_ANY_RATE,
        decay_steps=_COUNTS,
        alpha=st.floats(0.0, 1.0),
        warmup_target=_ANY_RATE,
        warmup_steps=_WHOLE,
    ),
    "Constant": _arguments(learning_rate=_ANY_RATE),
    "WarmupStableDecay": _arguments(
        learning_rate=_ANY_RATE,
        warmup_steps=_WHOLE,
        stable_steps=_WHOLE,
        decay_steps=_LENGTH,
        initial_learning_rate=_ANY_RATE,
        end_learning_rate=_ANY_RATE,
        decay=_SHAPE,
    ),
    "InverseSquareRootDecay": _arguments(
        learning_rate=_ANY_RATE,
        warmup_steps=_WHOLE,
        timescale=st.none() | _COUNTS,
        first_step=st.sampled_from([0, 1]),
    ),
    "OneCycle": _arguments(
        max_learning_rate=_ANY_RATE,
        total_steps=_LENGTH,
        warmup_fraction=st.floats(0.0, 0.5).map(lambda x: round(x, 3)),
        shape=_SHAPE,
        three_phase=st.booleans(),
    ),
    "CyclicalLearningRate": _arguments(
        initial_learning_rate=_ANY_RATE,
        maximal_learning_rate=st.floats(10.0, 20.0),
        step_size=_LENGTH,
        step_size_down=st.none() | _LENGTH,
        mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
        gamma=st.sampled_from([0.999, 0.99999999]),
    ),
    "Warmup": _arguments(
        schedule=_LEAVES,
        warmup_steps=_WHOLE,
        initial_learning_rate=_ANY_RATE,
        shape=_SHAPE,
    ),
    "Sequence": _ASCENDING.flatmap(
        lambda b: _arguments(
            schedules=st.lists(
                _LEAVES, min_size=len(b) + 1, max_size=len(b) + 1
            ).map(tuple),
            boundaries=st.just(tuple(b)),
        )
    ),
    "Product": _arguments(
        schedules=st.lists(_LEAVES, min_size=1, max_size=3).map(tuple)
    ),
    "Sum": _arguments(
        schedules=st.lists(_LEAVES, min_size=1, max_size=3).map(tuple)
    ),
    "Minimum": _arguments(
        schedules=st.lists(_LEAVES, min_size=1, max_size=3).map(tuple)
    ),
    "Maximum": _arguments(
        schedules=st.lists(_LEAVES, min_size=1, max_size=3).map(tuple)
    ),
    "Raised": _arguments(
        schedule=_LEAVES, power=st.sampled_from([0, 0.5, 1, 1.5, 2, 3])
    ),
    "PowerDecay": _arguments(
        initial_learning_rate=_ANY_RATE,
        power=st.sampled_from([-2, -0.8, -0.51, 0, 0.5]),
        offset=_COUNTS,
    ),
    "FromFunction": _arguments(
        function=_LENGTH.map(cases.HalvedAt), dtype=st.just("float32")
    ),
    "Scaled": _arguments(schedule=_LEAVES, factor=_ANY_RATE),
    "Clamped": _arguments(
        schedule=_LEAVES,
        minimum=st.none() | st.floats(0.0, 0.1),
        maximum=st.none() | st.floats(0.1, 1.0),
    ),
    "Shifted": _arguments(schedule=_LEAVES, steps=st.integers(-(10**9), 10**9)),
    "TimeScaled": _arguments(
        schedule=_CONSTANTS, factor=st.floats(0.1, 1000.0)
    ),
    "Repeated": _arguments(schedule=_LEAVES, period=_LENGTH),
    "Adjustable": _arguments(
        schedule=_LEAVES,
        capacity=st.just(8),
        edits=st.lists(st.tuples(_WHOLE, st.floats(0.1, 2.0)), max_size=8).map(
            lambda edits: tuple(sorted(edits))
        ),
    ),
}


@pytest.mark.parametrize("name", _VALID)
def test_every_other_class_is_exact(name):
    @given(_VALID[name], _STEPS)
    @settings(max_examples=25)
    def check(arguments, steps):
        arguments = {
            n: tuple(v) if isinstance(v, list) else v
            for n, v in arguments.items()
        }
        case = cases.Case(name, arguments)
        schedule = case.make()
        counts = [int(c) for part in case.parts for c in part._counts()]
        near = [c + d for c in counts[:20] for d in (-1, 0, 1) if c + d >= 0]
        steps = np.array([*steps, *near])
        rates = schedule(steps).numpy()
        assert np.all(np.isfinite(rates))
        for step, rate in zip(steps, rates, strict=True):
            assert case.excess(int(step), rate, "float32") <= 1, step

    check()


def test_every_class_is_covered():
    names = {case.schedule for case in cases.CASES.values()}
    for case in cases.CASES.values():
        names |= {part.schedule for part in case.parts}
    assert names == {*_VALID, "ExponentialDecay", "CosineDecayRestarts"}
