"""Bad arguments raise an error with the argument, the rule and the fix."""

import re
import sys

import numpy as np
import pytest
import tensorflow as tf

from tf_schedules import (
    Clamped,
    CosineDecay,
    CosineDecayRestarts,
    CyclicalLearningRate,
    ExponentialDecay,
    InverseSquareRootDecay,
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
    Warmup,
)
from tf_schedules.core import rules

_GOOD = {
    ExponentialDecay: {
        "initial_learning_rate": 0.1,
        "decay_steps": 10,
        "decay_rate": 0.9,
        "staircase": False,
    },
    CosineDecayRestarts: {
        "initial_learning_rate": 0.1,
        "first_decay_steps": 10,
        "t_mul": 2.0,
        "m_mul": 1.0,
        "alpha": 0.0,
    },
}
_NUMBERS = [
    (cls, name)
    for cls, arguments in _GOOD.items()
    for name in arguments
    if name != "staircase"
]
_NO_NUMBERS = ["0.1", None, 1j, True, object(), {}, tf.constant("1")]
_NOT_FINITE = [float("nan"), float("inf"), -float("inf"), np.float32("nan")]
_NO_SCALARS = [[0.1], (1, 2), np.ones(2), tf.ones([3]), tf.Variable([1.0])]
_OUT_OF_RANGE = {
    "decay_steps": [0, -1, 0.0, np.int64(-5), tf.constant(0)],
    "first_decay_steps": [0, -1, -0.5, np.float32(0), tf.constant(-1.0)],
    "decay_rate": [-0.1, -1, np.float64(-1e-300), tf.constant(-1.0)],
    "t_mul": [0.999, 0, -2, tf.constant(0.5)],
    "m_mul": [-0.1, -1, tf.constant(-0.1, tf.bfloat16)],
    "alpha": [-0.1, 1.1, 2, tf.constant(1.5, tf.float64)],
}


def _refuses(cls, name, value, error, *words):
    with pytest.raises(error) as caught:
        cls(**_GOOD[cls] | {name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} must be")
    assert "got " in message
    assert message.count(". ") >= 1, f"no fix in: {message}"
    for word in words:
        assert word in message


@pytest.mark.parametrize(("cls", "name"), _NUMBERS)
def test_bad_numbers_are_refused(cls, name):
    for value in _NO_NUMBERS:
        _refuses(cls, name, value, TypeError)
    for value in _NOT_FINITE:
        _refuses(cls, name, value, ValueError, repr(value))
        if isinstance(value, float):
            tensor = tf.constant(value)
            _refuses(cls, name, tensor, ValueError)
    for value in _NO_SCALARS:
        _refuses(cls, name, value, ValueError, "shape")
    for value in _OUT_OF_RANGE.get(name, []):
        _refuses(cls, name, value, ValueError, "got")


@pytest.mark.parametrize(("cls", "name"), _NUMBERS)
def test_only_counts_accept_whole_tensors(cls, name):
    for tensor in (tf.constant(2), tf.Variable(2, dtype=tf.int64)):
        if name.endswith("_steps"):
            cls(**_GOOD[cls] | {name: tensor})
        else:
            _refuses(cls, name, tensor, TypeError, "int", "Cast")
    _refuses(cls, name, tf.constant(2, tf.uint8), TypeError, "uint8")
    _refuses(cls, name, tf.constant(True), TypeError, "bool")


@pytest.mark.parametrize("value", [1, 0, "yes", None, tf.constant(True)])
def test_values_other_than_flags_are_refused(value):
    _refuses(ExponentialDecay, "staircase", value, TypeError)


def test_numpy_flags_are_accepted():
    schedule = ExponentialDecay(0.5, 2, 0.5, staircase=np.bool_(True))
    assert schedule([0, 1, 2]).numpy().tolist() == [0.5, 0.5, 0.25]
    assert schedule.get_config()["staircase"] is True


@pytest.mark.parametrize(("cls", "name"), _NUMBERS)
def test_numbers_of_every_kind_give_the_same_rates(cls, name):
    value = _GOOD[cls][name]
    steps = [0, 3, 10, 25]
    want = cls(**_GOOD[cls])(steps).numpy()
    kinds = [float, np.float64, np.float32, np.array, tf.constant]
    kinds += [tf.Variable, lambda v: tf.keras.Variable(float(v))]
    if not hasattr(tf.keras, "Variable"):  # Keras 3 only
        kinds.pop()
    for kind in kinds:
        schedule = cls(**_GOOD[cls] | {name: kind(value)})
        np.testing.assert_allclose(schedule(steps), want, rtol=1e-5, atol=1e-8)


def test_steps_and_counts_may_be_whole_floats_as_in_r():
    ours = CosineDecayRestarts(0.001, 1000.0, 2.0, 1.0, 0.0)
    assert float(ours(999.0)) < 1e-8
    assert float(ours(1000.0)) == np.float32(0.001)


class _OfAnotherLibrary:
    dtype, shape = np.dtype("float32"), ()

    def __array__(self, dtype=None, copy=None):
        return np.array(0.5, dtype or self.dtype)


def test_a_scalar_of_another_library_is_a_number():
    schedule = ExponentialDecay(_OfAnotherLibrary(), 10, _OfAnotherLibrary())
    assert schedule([0, 10]).numpy().tolist() == [0.5, 0.25]


def test_a_sequence_is_no_scalar_and_no_vector_of_unknown_length():
    unknown = tf.Variable([1.0, 2.0], shape=[None])
    for value in (tf.Variable(3.0), tf.constant(3.0), unknown):
        with pytest.raises(TypeError, match="boundaries must be a list"):
            PiecewiseConstantDecay(value, [1.0, 0.5])
        with pytest.raises(TypeError, match="values must be a list"):
            PiecewiseConstantDecay([1], value)


@pytest.mark.parametrize(
    ("cls", "arguments", "name", "wrong"),
    [
        (CosineDecay, (0.1, 10), "warmup_target", float("inf")),
        (InverseSquareRootDecay, (0.1, 10), "timescale", 0),
        (CyclicalLearningRate, (0.1, 0.2, 10), "step_size_down", 0.5),
        (Clamped, (0.1,), "minimum", float("nan")),
        (Clamped, (0.1,), "maximum", "high"),
    ],
)
def test_an_argument_that_may_be_none_is_checked(cls, arguments, name, wrong):
    cls(*arguments, **{name: None})
    with pytest.raises((TypeError, ValueError), match=f"{name} must be a"):
        cls(*arguments, **{name: wrong})


def test_a_wrong_call_is_shown_as_it_was_made():
    words = r"ExponentialDecay takes initial.*; got \(0\.5, 3, rate='x'\): "
    with pytest.raises(TypeError, match=words):
        ExponentialDecay(0.5, 3, rate="x")


@pytest.mark.parametrize(
    ("rule", "bounds"),
    [
        (rules.FINITE, [-sys.float_info.max, sys.float_info.max]),
        (rules.NON_NEGATIVE, [0]),
        (rules.AT_LEAST_ONE, [1]),
        (rules.UNIT_INTERVAL, [0, 1]),
        (rules.COUNT, [0]),
        (rules.POSITIVE_COUNT, [1]),
    ],
)
def test_a_range_includes_its_bounds(rule, bounds):
    for bound in bounds:
        assert rule.check("it", bound) == bound


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: PiecewiseConstantDecay([1, 2], [1.0, 0.5]),
            "values must have 1 more than boundaries; got 2 for 2. ",
        ),
        (
            lambda: PiecewiseInterpolation([1, 2], [1.0, 0.5, 0.1]),
            "values must have as many as steps; got 3 for 2. ",
        ),
        (
            lambda: Warmup(1.0, 10, shape="cubic"),
            ", geometric, or a power greater than 0; got 'cubic' (str). ",
        ),
        (
            lambda: CyclicalLearningRate(0.1, 1, 5, mode="x"),
            "triangular, triangular2, exp_range; got 'x' (str). ",
        ),
    ],
)
def test_lengths_and_options_are_named(make, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make()


def test_a_step_that_is_missing_or_no_number_is_refused():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(TypeError, match=r"got none\. Optimizers from"):
        schedule()
    with pytest.raises(TypeError, match=r"b'one'>\. Pass the optimizer's"):
        schedule("one")


def test_a_power_may_be_a_whole_tensor():
    rate = Warmup(1.0, 10, shape=tf.constant(2))(5)
    assert float(rate) == float(Warmup(1.0, 10, shape=2)(5))
