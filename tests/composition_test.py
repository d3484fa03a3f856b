"""Composed schedules: clocks, nesting, gradients and refused arguments."""

import math
import time
from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tf_schedules as tfs
from tf_schedules.numerics import PRECISIONS, Step

_KERAS = tf.keras.optimizers.schedules


def test_a_warmup_ends_without_a_jump():
    inner = tfs.ExponentialDecay(0.1, 10, 0.5)
    schedule = tfs.Warmup(inner, 100)
    assert float(schedule(100)) == float(inner(0))
    assert float(schedule(99)) == pytest.approx(0.099)
    assert float(schedule(110)) == float(inner(10))


@pytest.mark.parametrize(
    "factor", [1 / 3, 0.1 + 0.2, 50_000 / 96, math.pi, 0.0123456789]
)
def test_factors_of_many_digits_divide_steps_exactly(factor):
    """int64 cannot count their parts; steps lie on both sides of a restart."""
    decimal, source = Fraction(repr(factor)), np.random.default_rng(1)
    restarts = [*range(300), *source.integers(0, 2**45, 300).tolist()]
    first = [math.ceil(7 * restart * decimal) for restart in restarts]
    steps = sorted({max(s + d, 0) for s in first for d in (-1, 0, 1)})
    at = [Fraction(step) / decimal for step in steps]
    fall = tfs.PolynomialDecay(1.0, 7, 0.0)
    for inner, want in (
        (tfs.Repeated(fall, 7), [1 - a % 7 / 7 for a in at]),
        (
            tfs.PiecewiseConstantDecay([7, 700], [3.0, 2.0, 1.0]),
            [3 - (a > 7) - (a > 700) for a in at],
        ),
        (fall, [1 - min(a / 7, 1) for a in at]),
    ):
        schedule = tfs.TimeScaled(inner, factor)
        compiled = tf.function(schedule, jit_compile=True)
        want = [*map(float, want)]
        # The smallest fraction of a step that float64 has so far from 0.
        limit = 1e-7 + np.array([*map(float, at)]) * 2.0**-52
        for rates in schedule(steps), compiled(tf.constant(steps, tf.int64)):
            assert np.all(np.abs(rates - want) <= limit)


def test_each_part_has_its_own_clock():
    parts = [tfs.ExponentialDecay(r, 10, 0.5) for r in (1.0, 2.0, 3.0)]
    schedule = tfs.Sequence(parts, [10, 25])
    steps = [0, 9, 10, 24, 25, 99]
    clocks = [(0, 0), (0, 9), (1, 0), (1, 14), (2, 0), (2, 74)]
    want = [float(parts[part](step)) for part, step in clocks]
    assert schedule(steps).numpy().tolist() == want
    assert schedule(np.array(steps, float)).numpy().tolist() == want


def test_operators_make_products_and_refuse_other_values():
    one = tfs.ExponentialDecay(1.0, 10, 0.5)
    two = tfs.Constant(4.0)
    factor = tf.Variable(2.0)
    factors = [2, 2.0, np.float64(2), np.array(2.0), tf.constant(2.0), factor]
    for number in factors:
        for product in (number * one, one * number):
            assert isinstance(product, tfs.Scaled)
            assert float(product(10)) == 1.0
    assert isinstance(one * two, tfs.Product)
    assert float((one * two)(10)) == 2.0
    assert float((0.5 * one * two)(10)) == 1.0
    for other in ("2", None, [2.0], 1j):
        with pytest.raises((TypeError, ValueError), match="must be"):
            one * other


def test_parts_may_be_numbers_or_keras_schedules():
    theirs = _KERAS.ExponentialDecay(0.5, 10, 0.5)
    schedule = tfs.Sequence([0.1, theirs, tf.constant(0.25)], [5, 15])
    assert schedule([4, 5, 15]).numpy().tolist() == [np.float32(0.1), 0.5, 0.25]
    kinds = [type(part).__name__ for part in schedule.schedules]
    assert kinds == ["Constant", "ExponentialDecay", "Constant"]
    for bad in ("0.1", None, tf.keras.layers.Dense(1), lambda step: None):
        with pytest.raises(TypeError, match="schedule"):
            tfs.Warmup(bad, 10)


@pytest.mark.parametrize(
    "theirs",
    [
        _KERAS.ExponentialDecay(0.1, 10, 0.9, staircase=True),
        _KERAS.InverseTimeDecay(0.1, 10, 0.9),
        _KERAS.PolynomialDecay(0.1, 10, 0.01, 2.0, cycle=True),
        _KERAS.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.25]),
        _KERAS.CosineDecay(0.1, 10, 0.1),
        _KERAS.CosineDecayRestarts(0.1, 10, 1.5, 0.9, 0.1),
    ],
)
def test_from_keras_keeps_the_class_and_the_rates(theirs):
    ours = tfs.from_keras(theirs)
    assert type(ours).__name__ == type(theirs).__name__
    for step in (0, 1, 2, 3, 9, 14, 31):
        want = float(theirs(tf.constant(step)))
        assert float(ours(step)) == pytest.approx(want, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("keras", [keras, tf_keras])
def test_from_keras_takes_the_schedules_of_both_keras(keras):
    theirs = keras.optimizers.schedules.CosineDecay(0.5, 4)
    for ours in (tfs.from_keras(theirs), tfs.Shifted(theirs, 0).schedule):
        assert type(ours) is tfs.CosineDecay
        assert float(ours(2)) == 0.25


def test_from_keras_refuses_other_schedules():
    class Mine(_KERAS.LearningRateSchedule):
        def __call__(self, step):
            return 0.1

    for other in (Mine(), 0.1, tfs.Constant(0.1), None):
        with pytest.raises(TypeError, match="schedule must be one of"):
            tfs.from_keras(other)


@pytest.mark.parametrize("step", [0, 1, 9, 10, 11, 50, 99, 100, 500])
def test_unselected_branches_have_no_gradient(step):
    rates = [tf.Variable(r, dtype=tf.float64) for r in (0.1, 0.2, 0.3)]
    powers = [tf.Variable(0.5, dtype=tf.float64) for _ in rates]
    schedule = tfs.Sequence(
        [
            tfs.PolynomialDecay(rate, 10, 0.0, power)
            for rate, power in zip(rates, powers, strict=True)
        ],
        [10, 100],
    )
    for way in (schedule, tf.function(schedule)):
        with tf.GradientTape() as tape:
            rate = way(tf.constant(step))
        gradients = tape.gradient(rate, rates + powers)
        assert all(np.isfinite(g) for g in gradients)
        taken = 0 if step < 10 else 1 if step < 100 else 2
        for number, gradient in enumerate(gradients):
            if number % 3 != taken:
                assert gradient == 0.0


def test_finished_segments_that_overflow_leak_no_gradient():
    factors = [tf.Variable(2.0), tf.Variable(2.0)]
    growing = [tfs.ExponentialDecay(1.0, 1, factor) for factor in factors]
    for schedules, boundaries in (
        ([*growing, 0.5], [10, 20]),
        ([growing[0], 0.5, growing[1]], [10, 10**7]),
    ):
        schedule = tfs.Sequence(schedules, boundaries)
        with tf.GradientTape() as tape:
            rate = schedule(10**6)
        assert tape.gradient(rate, factors) == [0.0, 0.0]


def test_dtypes_follow_the_parts():
    for dtype in ("float16", "bfloat16", "float64"):
        inner = tfs.ExponentialDecay(tf.constant(0.5, dtype), 10, 0.5)
        for schedule in (
            tfs.Warmup(inner, 5),
            tfs.Sequence([0.1, inner], [5]),
            0.5 * inner,
            tfs.Constant(0.5) * inner,
            tfs.Clamped(tfs.Shifted(inner, 3), 0.1),
        ):
            assert schedule(3).dtype == dtype
            assert "dtype" not in schedule.get_config()


def test_a_composition_lists_the_variables_of_its_parts():
    rate, factor = tf.Variable(1.0), tf.Variable(2.0)
    schedule = tfs.Scaled(tfs.Warmup(tfs.Constant(rate), 10), factor)
    assert {id(v) for v in schedule.variables} == {id(rate), id(factor)}
    train = tf.function(schedule)
    assert float(train(tf.constant(5))) == 1.0
    rate.assign(3.0), factor.assign(1.0)
    assert float(train(tf.constant(5))) == 1.5
    assert train.experimental_get_tracing_count() == 1


def test_a_hundred_parts_trace_in_seconds():
    parts = [tfs.CosineDecayRestarts(0.1, 10 + i, 1.5) for i in range(100)]
    schedule = tfs.Sequence(parts, [100 * i for i in range(1, 100)])
    start = time.perf_counter()
    rate = float(schedule(5005))
    # The bound catches hangs; tracing takes about two seconds.
    assert time.perf_counter() - start < 60
    assert rate == float(parts[50](5))


def test_deep_nesting_evaluates_and_round_trips():
    schedule = tfs.Constant(1.0)
    for depth in range(30):
        schedule = 1.0 * tfs.Warmup(tfs.Shifted(schedule, -1), depth % 3)
    assert float(schedule(1000)) == 1.0
    again = type(schedule).from_config(schedule.get_config())
    assert again.get_config() == schedule.get_config()


@pytest.mark.parametrize(
    "count",
    [1, 2, 3, 7, 8, 9, 255, pytest.param(10_000, marks=pytest.mark.slow)],
)
def test_tables_of_any_length_give_exact_rates(count):
    source = np.random.default_rng(count)
    boundaries = np.unique(source.integers(0, 2**40, count))
    values = source.uniform(size=len(boundaries) + 1)
    schedule = tfs.PiecewiseConstantDecay(boundaries, values)
    near = boundaries[:: max(count // 50, 1)]
    steps = np.concatenate([near - 1, near, near + 1, [0, 2**41, 2**53]])
    steps = np.maximum(steps, 0)
    want = values[np.searchsorted(boundaries, steps)]
    np.testing.assert_array_equal(schedule(steps), want)
    one_by_one = tf.function(lambda s: tf.map_fn(schedule, s, tf.float64))
    np.testing.assert_array_equal(one_by_one(tf.constant(steps)), want)
    step = Step.of(tf.constant(steps), PRECISIONS["float64"])
    found = step.count_reached(tuple(boundaries.tolist()))
    np.testing.assert_array_equal(
        found, np.searchsorted(boundaries, steps, side="right")
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tfs.CosineDecay(0.1, 10, warmup_steps=1), "warmup_target"),
        (lambda: tfs.CosineDecay(0.1, 10, warmup_steps=-1), "warmup_steps"),
        (lambda: tfs.Warmup(0.1, -1), "warmup_steps"),
        (lambda: tfs.Warmup(0.1, 2.5), "warmup_steps"),
        (lambda: tfs.PiecewiseConstantDecay([3, 2], [1, 2, 3]), "boundaries"),
        (lambda: tfs.PiecewiseConstantDecay([2, 2], [1, 2, 3]), "boundaries"),
        (lambda: tfs.PiecewiseConstantDecay([2, 3], [1, 2]), "values must"),
        (lambda: tfs.PiecewiseConstantDecay(5, [1, 2]), "boundaries must"),
        (lambda: tfs.PiecewiseConstantDecay(["a"], [1, 2]), r"boundaries\[0\]"),
        (lambda: tfs.PiecewiseInterpolation([1], [1]), "steps must"),
        (lambda: tfs.PiecewiseInterpolation([1, 2], [1]), "values must"),
        (lambda: tfs.Sequence([0.1, 0.2], []), "schedules must"),
        (lambda: tfs.Sequence([], []), "schedules must"),
        (lambda: tfs.Sequence([0.1, 0.2, 0.3], [5, 5]), "boundaries must"),
        (lambda: tfs.Product([]), "schedules must"),
        (lambda: tfs.Clamped(0.1, 0.5, 0.4), "maximum must"),
        (lambda: tfs.TimeScaled(0.1, 0), "factor must"),
        (lambda: tfs.Repeated(0.1, 0), "period must"),
        (lambda: tfs.Shifted(0.1, 0.5), "steps must"),
        (lambda: tfs.OneCycle(0.1, 0), "total_steps must"),
        (lambda: tfs.OneCycle(0.1, 9, 0.6, three_phase=True), "warmup_fract"),
        (lambda: tfs.CyclicalLearningRate(0.1, 1, 5, mode="x"), "mode must"),
        (lambda: tfs.InverseSquareRootDecay(0.1, 5, 0), "timescale must"),
        (lambda: tfs.InverseSquareRootDecay.noam(0, 5), "model_dim must"),
        (lambda: tfs.PolynomialDecay(0.1, 5, power=-1), "power must"),
        (lambda: tfs.Schedule(), "must be subclassed"),
    ],
)
def test_bad_arguments_are_refused(make, words):
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        make()
    assert "; got " in str(caught.value)


def test_noam_matches_the_formula_of_the_paper():
    import oracles

    noam = tfs.InverseSquareRootDecay.noam
    for schedule, scale in (noam(512, 4000), 1.0), (noam(512, 4000, 2.0), 2.0):
        for step in (0, 1, 3998, 3999, 4000, 10**6):
            want = float(oracles.noam(step, 512, 4000, scale))
            assert float(schedule(step)) == pytest.approx(want, rel=1e-7)


@pytest.mark.parametrize("inner", ["Shifted", "Repeated"])
def test_a_slow_clock_takes_a_real_variable(inner):
    decay, steps = tfs.CosineDecay(0.1, 50), range(0, 400, 3)
    rates = [
        tfs.TimeScaled(getattr(tfs, inner)(decay, at), 3)(steps).numpy()
        for at in (7, tf.Variable(7.0))
    ]
    assert np.ptp(rates[0]) > 0.001
    np.testing.assert_allclose(rates[1], rates[0], 1e-6)


@pytest.mark.parametrize("wrong", ["oops", None, True])
def test_what_is_no_schedule_is_refused_by_what_it_may_be(wrong):
    with pytest.raises(TypeError) as caught:
        tfs.Shifted(wrong, 1)
    assert str(caught.value) == (
        "schedule must be a schedule, a function of the step or a number; got "
        f"{wrong!r} ({type(wrong).__name__}). Pass a schedule of this package "
        "or of Keras, or a rate."
    )


def test_bounds_themselves_are_taken():
    assert float(tfs.Clamped(0.1, 0.5, 0.5)(0)) == 0.5
    cycle = tfs.OneCycle(1.0, 10, 0.5, three_phase=True)
    assert cycle([0, 4, 8]).numpy().tolist() == pytest.approx([0.04, 1, 0.04])
