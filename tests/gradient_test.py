"""Gradients of hyperparameters are finite and match the oracle's."""

import math
from fractions import Fraction

import cases
import mpmath
import oracles
import tensorflow as tf

import tf_schedules as tfs

_NUDGE = Fraction(1, 10**25)  # the oracles have 60 digits


def _numbers(value) -> list[tuple]:
    """The paths of the numbers in a case, in the order of `Case.live`."""
    if isinstance(value, cases.Case):
        live = value.live_names
        inside = [(n, v) for n, v in value.arguments.items() if n in live]
    elif isinstance(value, tuple):
        inside = enumerate(value)
    else:
        return [] if isinstance(value, bool | str | None) else [()]
    return [(key, *path) for key, v in inside for path in _numbers(v)]


def _nudged(value, path, by):
    """The case with one number changed."""
    if not path:
        return oracles.exact(value) + by
    key, *rest = path
    if isinstance(value, tuple):
        return tuple(
            _nudged(v, rest, by) if i == key else v for i, v in enumerate(value)
        )
    changed = _nudged(value.arguments[key], rest, by)
    return cases.Case(value.schedule, value.arguments | {key: changed})


def _derivatives(case, path, step) -> list[float]:
    """The derivatives from below and above, except where the rate jumps."""
    derivatives = []
    for by in (-_NUDGE, _NUDGE):
        try:
            slopes = [
                (_nudged(case, path, d).exact(step) - case.exact(step))
                / oracles.real(d)
                for d in (by, by / 10**6)
            ]
        except ZeroDivisionError:
            continue  # the argument is out of range
        # At a jump, or at an infinite gradient, they depend on the nudge; a
        # power that is out of range may be complex.
        if all(isinstance(s, mpmath.mpf) for s in slopes) and mpmath.almosteq(
            *slopes, rel_eps=0.01, abs_eps=1e-12
        ):
            derivatives.append(float(slopes[1]))
    return derivatives


@cases.every_class
def test_gradients_match_the_oracle(case):
    live, variables = case.live()
    paths = _numbers(case)
    assert len(paths) == len(variables)

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
    def gradients_at(step):
        with tf.GradientTape() as tape:
            rate = live(step)
        return tape.gradient(rate, variables, unconnected_gradients="zero")

    starts = [b for b in case.boundaries if b < 10**6][:6]
    around = {max(b + d, 0) for b in starts for d in (-1, 0, 1)}
    checked = 0
    for step in sorted({0, 1, 7, 100, 1001} | around):
        size = abs(float(case.exact(step)))
        for path, variable, gradient in zip(
            paths, variables, gradients_at(step), strict=True
        ):
            assert math.isfinite(gradient), (step, path)
            between = _derivatives(case, path, step)
            if not between:
                continue
            scale = 1e-3 * size / max(abs(float(variable)), 1.0)
            error = 1e-6 * max(*map(abs, between), scale, 1e-12)
            low, high = min(between) - error, max(between) + error
            assert low <= gradient <= high, (step, path, between)
            checked += 1
    assert checked >= 5 or not variables


def test_a_ramp_of_no_length_has_a_gradient_of_0():
    start = tf.Variable(0.5)
    for schedule in (
        tfs.CosineDecay(start, 10, warmup_target=1.0),
        tfs.WarmupStableDecay(1.0, 0, 2, 4, start),
        tfs.Warmup(1.0, 0, start),
    ):
        with tf.GradientTape() as tape:
            rate = schedule(3)
        assert float(tape.gradient(rate, start)) == 0.0


def test_a_real_step_has_a_gradient():
    step = tf.Variable(2.5)
    with tf.GradientTape() as tape:
        rate = tfs.PolynomialDecay(1.0, 4, 0.0)(step)
    assert float(tape.gradient(rate, step)) == -0.25


def test_a_power_of_a_rate_of_0_has_finite_gradients():
    rate = tf.Variable(0.5)
    for power in (0.5, -0.5, tf.Variable(0.5)):
        with tf.GradientTape() as tape:
            at_0 = tfs.PolynomialDecay(rate, 4, 0.0) ** power
            rates = at_0([1, 4])[:1]
        assert math.isfinite(tape.gradient(rates, rate))
