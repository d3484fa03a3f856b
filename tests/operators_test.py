"""Operators between schedules and every kind of operand."""

import math

import ml_dtypes
import numpy as np
import oracles
import pytest
import tensorflow as tf

import tf_schedules as tfs

_NUMBERS = {
    "int": lambda x: int(x),
    "float": float,
    "float32": np.float32,
    "float64": np.float64,
    "bfloat16": ml_dtypes.bfloat16,
    "array": np.array,
    "tensor": tf.constant,
    "variable": tf.Variable,
    "learnable": tfs.positive,
}
_OPERATIONS = {
    "c + x": lambda c, x: c + x,
    "x + c": lambda c, x: x + c,
    "c - x": lambda c, x: c - x,
    "x - c": lambda c, x: x - c,
    "c * x": lambda c, x: c * x,
    "x * c": lambda c, x: x * c,
    "c / x": lambda c, x: c / x,
    "c ** x": lambda c, x: c**x,
}
_LIVE = {"variable": 1, "learnable": 1}
every_operation = pytest.mark.parametrize("operation", _OPERATIONS)


@every_operation
@pytest.mark.parametrize("kind", _NUMBERS)
@pytest.mark.parametrize("compiled", [False, True])
def test_operators_accept_numbers_of_every_kind_on_either_side(
    operation, kind, compiled
):
    """A variable stays a variable, even if TensorFlow passes its value."""
    inner = tfs.ExponentialDecay(4.0, 10, 0.5)
    calculate, number = _OPERATIONS[operation], _NUMBERS[kind](2.0)
    made = []

    def rate(step):
        made.append(calculate(inner, number))
        return made[-1](step)

    call = tf.function(rate) if compiled else rate
    assert float(call(tf.constant(10))) == calculate(2.0, 2.0)
    (schedule, *_) = made
    assert isinstance(schedule, tfs.Schedule)
    assert schedule.dtype == tf.float32
    assert len(schedule.trainable_variables) == _LIVE.get(kind, 0)
    if kind in _LIVE and not compiled:
        number.assign(4.0)
        want = calculate(2.0, 4.0)
        assert float(schedule(10)) == pytest.approx(want, rel=1e-6)


@every_operation
def test_a_numpy_number_does_not_set_the_dtype(operation):
    for dtype in (tf.float16, tf.float64):
        inner = tfs.Constant(tf.constant(0.5, dtype))
        for number in (2.0, np.float64(2.0), np.float32(2.0)):
            schedule = _OPERATIONS[operation](inner, number)
            assert schedule(0).dtype == dtype


@every_operation
def test_variables_of_a_strategy_stay_variables(operation):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        number = tf.Variable(2.0)
    inner = tfs.Constant(2.0)
    schedule = _OPERATIONS[operation](inner, number)
    assert schedule.variables[0] is number


def test_operators_accept_schedules_functions_and_keras_schedules():
    one, two = tfs.Constant(1.0), tfs.Constant(2.0)
    theirs = tf.keras.optimizers.schedules.ExponentialDecay(2.0, 10, 0.5)
    for other in (two, theirs, lambda step: 2.0):
        assert float((one + other)(0)) == 3.0
        assert float((other + one)(0)) == 3.0
        assert float((one - other)(0)) == -1.0
        assert float((other - one)(0)) == 1.0
        assert float((one * other)(0)) == 2.0
        assert float((other * one)(0)) == 2.0


def test_operators_make_the_expected_classes():
    a, b = tfs.Constant(1.0), tfs.Constant(2.0)
    assert repr(a + b + 3) == (
        "Sum((Constant(1.0), Constant(2.0), Constant(3)))"
    )
    assert repr(a - b) == "Sum((Constant(1.0), Scaled(Constant(2.0), -1)))"
    assert repr(a * b * a) == (
        "Product((Constant(1.0), Constant(2.0), Constant(1.0)))"
    )
    assert repr(a / 3) == "Product((Constant(1.0), Raised(Constant(3), -1)))"
    assert repr(-a) == "Scaled(Constant(1.0), -1)"
    assert repr(a**2) == "Raised(Constant(1.0), 2)"
    # A name or a precision is kept.
    named = tfs.Sum([a, b], name="both") + a
    assert [type(s).__name__ for s in named.schedules] == ["Sum", "Constant"]
    narrow = (a + b).with_precision("float32") + a
    assert narrow.schedules[0]._precision == "float32"


@pytest.mark.parametrize(
    "operation",
    [
        lambda c: c / c,
        lambda c: 1 / c,
        lambda c: np.float32(1) / c,
        lambda c: tf.constant(1.0) / c,
        lambda c: tf.Variable(1.0) / c,
        lambda c: c / (lambda step: 2.0),
        lambda c: c / 0,
        lambda c: c / 0.0,
        lambda c: c**c,
        lambda c: 2**c,
        lambda c: tf.constant(2.0) ** c,
        lambda c: c * "2",
        lambda c: c + None,
        lambda c: [1.0] - c,
        lambda c: c + np.ones(2),
        lambda c: c**1j,
        lambda c: c * True,
        lambda c: c + math.nan,
    ],
)
def test_invalid_operands_are_refused(operation):
    with pytest.raises(
        (TypeError, ValueError, NotImplementedError), match=r" must .*; got "
    ):
        operation(tfs.Constant(0.1))


@pytest.mark.parametrize("divisor", [3, 7, 0.7, 1e-3, 49.0, -3, np.float32(3)])
@pytest.mark.parametrize("rate", [0.1, 0.3, 1e-5, 123.456])
def test_division_is_exact(rate, divisor):
    got = float((tfs.Constant(rate) / divisor)(0))
    divisor = oracles.exact(getattr(divisor, "item", lambda: divisor)())
    exact = oracles.exact(rate) / divisor
    assert abs(oracles.Fraction(got) - exact) <= abs(exact) * 0.52 / 2**23


def test_a_difference_has_the_error_of_its_largest_part():
    """The steps lie around the one at which the difference is 0."""
    schedule = tfs.CosineDecay(0.1, 1000) - 0.05
    for step in (0, 333, 498, 499, 500, 501, 502, 1000):
        exact = oracles.CosineDecay(step, 0.1, 1000) - oracles.real(
            oracles.exact(0.05)
        )
        assert abs(float(schedule(step)) - exact) <= 1e-7 * 0.1
        if step != 500:
            assert float(schedule(step)) == pytest.approx(float(exact), 1e-7)


def _gradients(schedule, step, variables):
    with tf.GradientTape() as tape:
        rate = schedule(step)
    gradients = tape.gradient(rate, variables, unconnected_gradients="zero")
    return float(rate), [float(g) for g in gradients]


def test_gradients_at_a_tie_go_to_the_first_part():
    a, b = tf.Variable(0.5), tf.Variable(0.5)
    for cls in (tfs.Minimum, tfs.Maximum):
        assert _gradients(cls([a, b]), 3, [a, b]) == (0.5, [1.0, 0.0])


@pytest.mark.parametrize("power", [-1.5, -1, 0, 0.5, 1, 1.5, 2, 3])
@pytest.mark.parametrize("is_live", [False, True])
def test_a_rate_of_0_has_finite_gradients(power, is_live):
    zero = tf.Variable(0.0, dtype=tf.float64)
    exponent = tf.Variable(power, dtype=tf.float64) if is_live else power
    variables = [zero, exponent] if is_live else [zero]
    for schedule in (
        tfs.Raised(zero, exponent),
        tf.function(tfs.Raised(zero, exponent)),
    ):
        rate, gradients = _gradients(schedule, tf.constant(1), variables)
        assert rate == (math.inf if power < 0 else float(power == 0))
        assert np.all(np.isfinite(gradients))
        assert gradients[0] == float(power == 1)


@pytest.mark.parametrize("is_live", [False, True])
def test_powers_of_negative_rates_have_exact_values_and_gradients(is_live):
    rate = tf.Variable(-2.0, dtype=tf.float64)
    for power, want in ((3, -8.0), (2, 4.0), (-1, -0.5), (-2, 0.25), (0, 1.0)):
        exponent = tf.Variable(float(power), dtype=tf.float64)
        exponent = exponent if is_live else power
        value, (slope,) = _gradients(tfs.Raised(rate, exponent), 1, [rate])
        assert value == want
        assert slope == power * (-2.0) ** (power - 1)
    assert math.isnan(tfs.Raised(rate, 0.5)(1))
    assert tfs.Maximum([rate, 0.0])(1) == 0.0


@pytest.mark.parametrize("power", [0.5, 2.5, -1, 2, 0.1])
def test_a_rate_that_is_nan_stays_nan(power):
    nothing = (tfs.Constant(0.1) - 0.2) ** 0.5
    assert np.isnan(float((nothing**power)(0)))


def test_a_number_is_no_base_for_a_schedule():
    schedule = tfs.Constant(0.1)
    words = r"Constant\(0\.1\) .*\. ExponentialDecay raises a number to the"
    with pytest.raises(TypeError, match=words):
        2.0**schedule
    with pytest.raises(TypeError, match=r"Multiply by it \*\* -1"):
        2.0 / schedule
