"""Compiled schedules make their decisions about whole steps in integers.

The tests read the module that XLA receives; a TPU's has the same operations.
"""

import cases
import numpy as np
import pytest
import stablehlo
import tensorflow as tf

from tf_schedules.numerics.arithmetic import Arithmetic, Division

# These have so many cycles that int64 cannot hold the products.
_VAST = {"staircase-tiny"}
# Their shape switches formulas at a fraction where both formulas are accurate.
_SWITCHING = {
    *("negative", "warmup-geometric"),
    *("deeplab-v3", "minicpm", "polynomial-cycle", "polynomial-flat"),
    *("polynomial-rising", "polynomial-root", "power-scheduler"),
    *("sequence-nested", "warmup-power", "wsd-exponential", "wsd-power"),
}
# Their two formulas agree where one takes over from the other: at a rate of 0,
# or halfway between rates of a table.
_MEETING = {"interpolation-geometric", "raised-inverse"}
_SWITCHES = ("2.500000e-01", "5.000000e-01")


def _module(schedule, shape=()) -> stablehlo.Module:
    compiled = tf.function(
        lambda step: schedule(step), jit_compile=True, autograph=False
    )
    step = tf.zeros(shape, tf.int64)
    show = compiled.experimental_get_compiler_ir(step)
    try:
        return stablehlo.Module(show(stage="stablehlo"))
    except ValueError as error:
        if "Invalid stage" not in str(error):
            raise
        pytest.skip("this TensorFlow does not show StableHLO")


@pytest.mark.parametrize("shape", [(), (5,)], ids=["scalar", "vector"])
@pytest.mark.parametrize("name", cases.CASES)
def test_whole_steps_are_decided_in_integers(name, shape):
    module = _module(cases.CASES[name].make(), shape)
    decisions = module.real_decisions()
    if name in _MEETING:
        assert decisions
        assert all(" = compare" in decision for decision in decisions)
    elif name in _VAST | _SWITCHING:  # an exception must still be needed
        assert len(decisions) == 1
    else:
        assert decisions == []
    if name in _SWITCHING:
        assert module.real_decisions(_SWITCHES) == []


def _by_quotient(step):
    return tf.floor(tf.cast(step, tf.float64) / 10.0)


def _by_comparison(step):
    return tf.where(tf.cast(step, tf.float64) < 10.0, 1.0, 0.5)


def _by_fraction(step):
    part = tf.cast(step, tf.float64) / 10.0
    return tf.where(part >= 1.0, 1.0, 0.5)


def _by_difference(step):
    return tf.where(tf.cast(step, tf.float64) * 0.1 + -1.0 > 0.0, 1.0, 0.5)


def _by_broadcast(step):
    late = tf.broadcast_to(tf.cast(step, tf.float64) * 0.1 - 1.0, [5]) > 0.0
    return tf.where(late, 1.0, 0.5)


def _by_sign(step):
    return 1.0 + tf.sign(tf.cast(step, tf.float64) * 0.1 - 1.0)


def _by_loop(step):
    start = [step, tf.cast(step, tf.float64)]
    return tf.while_loop(lambda i, x: x < 1.0, lambda i, x: [i, x + 0.5], start)


def _by_branch(step):
    late = tf.cast(step, tf.float64) > 10.0
    return tf.cond(late, lambda: step + 1, lambda: step)


def _by_index(step):
    index = tf.cast(tf.cast(step, tf.float64) * 0.1, tf.int64)
    return tf.gather(tf.constant([1.0, 0.5, 0.1]), index)


def _by_index_and_past(step):
    index = tf.cast(tf.cast(step, tf.float64) * 0.1, tf.int64)
    past = step - index * 10
    return tf.cast(index, tf.float64) + tf.cast(past, tf.float64)


@pytest.mark.parametrize(
    "rate",
    [
        *(_by_quotient, _by_comparison, _by_fraction, _by_difference),
        *(_by_broadcast, _by_sign, _by_loop, _by_branch),
        *(_by_index, _by_index_and_past),
    ],
)
def test_decisions_by_floats_are_found(rate):
    assert _module(rate).real_decisions()


def test_a_quotient_without_its_correction_is_found(monkeypatch):
    case = cases.CASES["staircase-decimal"]
    assert _module(case.make()).real_decisions() == []

    def estimated(self, step, numerator, denominator):
        ratio = denominator / numerator
        index = tf.cast(self.real(step) * ratio, tf.int64)
        past = step * denominator - index * numerator
        return Division(index, past, numerator)

    monkeypatch.setattr(Arithmetic, "divide_whole", estimated)
    assert _module(case.make()).real_decisions()

    def half_corrected(self, step, numerator, denominator):
        index, past, _ = estimated(self, step, numerator, denominator)
        return Division(index + past // numerator, past, numerator)

    monkeypatch.setattr(Arithmetic, "divide_whole", half_corrected)
    case = cases.CASES["restarts-equal-halves"]
    assert _module(case.make()).real_decisions()


@pytest.mark.parametrize("error", [-(2.0**-17), 2.0**-17])
@pytest.mark.parametrize(
    "name",
    [n for n, c in cases.CASES.items() if c.schedule == "CosineDecayRestarts"],
)
def test_a_poor_logarithm_moves_no_cycle(name, error, monkeypatch):
    """For vectors a logarithm estimates the cycle; 2^-17 is 64 times float32's
    precision."""
    schedule, steps = cases.CASES[name].make(), cases.CASES[name].steps
    want = schedule(steps).numpy()
    log = tf.math.log
    monkeypatch.setattr(tf.math, "log", lambda x: log(x) * (1 + error))
    poor = tf.function(cases.CASES[name].make(), autograph=False)
    got = poor(tf.constant(steps)).numpy()
    np.testing.assert_array_equal(got, want)
