"""Curves fall from exactly 1 to exactly 0, and their two weights add to 1."""

import numpy as np
import oracles
import pytest
import tensorflow as tf

from tf_schedules import PiecewiseInterpolation, Warmup, WarmupStableDecay
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


@pytest.mark.parametrize("shape", ["cubic", "", None, 0, -1, float("nan")])
def test_bad_shapes_are_refused(shape):
    with pytest.raises((ValueError, TypeError), match="shape must be"):
        Warmup(1.0, 10, shape=shape)
