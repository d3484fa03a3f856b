"""Curves fall from exactly 1 to exactly 0, and their two weights add to 1."""

import numpy as np
import oracles
import pytest
import tensorflow as tf

from tf_schedules import (
    CosineDecay,
    PiecewiseInterpolation,
    PolynomialDecay,
    Warmup,
    WarmupStableDecay,
)
from tf_schedules.numerics import CURVES, Progress
from tf_schedules.numerics.curves import weights

_SHAPES = [*CURVES, 1, 0.5, 2.0, 3.7]
_LENGTH = 1000


def _weights(shape, parts):
    elapsed = tf.constant(parts, tf.float64)
    start, end = weights(shape, Progress(elapsed, 1.0 - elapsed))
    return start.numpy(), end.numpy()


@pytest.mark.parametrize("shape", _SHAPES)
def test_a_shape_falls_from_1_to_0_like_the_oracle(shape):
    parts = np.linspace(0, 1, _LENGTH + 1)
    start, end = _weights(shape, parts)
    assert (start[0], end[0], start[-1], end[-1]) == (1, 0, 0, 1)
    assert np.all(np.diff(start) < 0)
    assert np.all(np.diff(end) > 0)
    np.testing.assert_allclose(start + end, 1, rtol=0, atol=1e-15)
    for part in (0.0, 0.001, 0.25, 0.5, 0.75, 0.999, 1.0):
        exact = oracles.falling(shape, oracles.Fraction(part))
        start, end = _weights(shape, part)
        assert start == pytest.approx(float(exact), rel=1e-13, abs=0)
        assert end == pytest.approx(float(1 - exact), rel=1e-13, abs=0)


def test_a_shape_differs_from_another():
    start, _ = _weights("linear", [0.0, 0.5, 1.0])
    assert not np.allclose(start, _weights("cosine", [0.1, 0.5, 1.0])[0])


@pytest.mark.parametrize("shape", _SHAPES)
def test_gradients_are_finite_at_the_ends(shape):
    for part in (0.0, 1.0):
        elapsed = tf.Variable(part, dtype=tf.float64)
        with tf.GradientTape() as tape:
            start, end = weights(shape, Progress(elapsed, 1.0 - elapsed))
            total = start + 2.0 * end
        assert np.isfinite(tape.gradient(total, elapsed))


@pytest.mark.parametrize("shape", _SHAPES)
def test_every_class_with_a_shape_takes_it(shape):
    ramp = Warmup(1.0, 10, shape=shape)
    fall = WarmupStableDecay(1.0, 0, 0, 10, decay=shape)
    between = PiecewiseInterpolation([0, 10], [1.0, 0.0], shape)
    steps = np.arange(11)
    np.testing.assert_array_equal(fall(steps), between(steps))
    np.testing.assert_array_equal(ramp(steps), fall(10 - steps))


def test_a_geometric_ramp_differs_from_an_exponential_one():
    steps, values = [0, 31], [1e-6, 10.0]
    ramp = PiecewiseInterpolation(steps, values, "geometric")
    assert float(ramp(1)) == pytest.approx(1e-6 * 1e7 ** (1 / 31), rel=1e-6)
    other = PiecewiseInterpolation(steps, values, "exponential")
    assert float(other(1)) == pytest.approx(0.795, abs=1e-3)
    # Its ends are exact for rates of every kind, in float64 too.
    for kind in (np.float64, lambda v: tf.Variable(v, dtype=tf.float64)):
        ends = [kind(0.3), kind(0.1), kind(0.7)]
        ramp = PiecewiseInterpolation([0, 3, 10], ends, "geometric")
        assert ramp([0, 3, 10, 99]).numpy().tolist() == [0.3, 0.1, 0.7, 0.7]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda s: Warmup(1.0, 9, shape=s), "initial_learning_rate .*got 0.0"),
        (lambda s: Warmup(1.0, 9, -0.1, s), "initial_learning_rate .*got -0.1"),
        (lambda s: Warmup(0.0, 9, 0.1, s), r"schedule\(0\) .*got 0.0"),
        (
            lambda s: Warmup(Warmup(1.0, 9), 9, 0.1, s),
            r"schedule\(0\) .*got 0.0",
        ),
        (
            lambda s: PiecewiseInterpolation([0, 1, 2], [1.0, 0, 2.0], s),
            r"values\[1\] .*got 0.",
        ),
        (
            lambda s: PiecewiseInterpolation([0, 1], tf.constant([1, -1.0]), s),
            r"values\[1\] .*got -1.0",
        ),
    ],
)
def test_geometric_ramps_from_or_to_0_are_refused(make, words):
    with pytest.raises(ValueError, match=words + ".*small rate such as 1e-6"):
        make("geometric")
    make("linear")


def test_a_geometric_ramp_takes_a_rate_that_may_rise_from_0():
    first, peak = tf.Variable(0.0), tf.Variable(0.0)
    schedule = Warmup(CosineDecay(peak, 10), 5, first, "geometric")
    first.assign(0.01)
    peak.assign(1.0)
    assert schedule([0, 5]).numpy().tolist() == pytest.approx([0.01, 1.0])


def test_the_geometric_shape_is_refused_for_a_decay_to_0():
    with pytest.raises(ValueError, match="decay must be one of"):
        WarmupStableDecay(1.0, 0, 0, 10, decay="geometric")


@pytest.mark.parametrize("shape", ["cubic", "", None, 0, -1, float("nan")])
def test_bad_shapes_are_refused(shape):
    with pytest.raises((ValueError, TypeError), match="shape must be"):
        Warmup(1.0, 10, shape=shape)


def test_a_geometric_ramp_to_a_decay_to_0_has_finite_gradients():
    peak, first = tf.Variable(0.1), tf.Variable(0.01)
    schedule = Warmup(CosineDecay(peak, 10), 5, first, "geometric")
    for step in (0, 3, 5, 14, 15, 20):
        with tf.GradientTape() as tape:
            rate = schedule(step)
        assert np.all(np.isfinite(tape.gradient(rate, [peak, first]))), step


@pytest.mark.parametrize("power", [0.5, 1, 2, 3, 4.0])
def test_a_power_is_a_power(power):
    schedule = PolynomialDecay(1.0, 4, 0.0, power)
    assert float(schedule(3)) == pytest.approx(0.25**power, rel=1e-6)
