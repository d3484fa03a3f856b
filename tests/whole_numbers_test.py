"""Every count may be a whole float, as YAML and R write it."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs

_FALL = tfs.PolynomialDecay(0.1, 1000, 0.0)
# The counts of each class: those that may be fractions, and those that may not.
_FRACTIONAL = {
    "CosineDecay": ["decay_steps"],
    "CosineDecayRestarts": ["first_decay_steps"],
    "CyclicalLearningRate": [],
    "ExponentialDecay": ["decay_steps"],
    "InverseSquareRootDecay": ["timescale"],
    "InverseTimeDecay": ["decay_steps"],
    "PiecewiseConstantDecay": ["boundaries"],
    "PolynomialDecay": ["decay_steps"],
    "PowerDecay": ["offset"],
    "TimeScaled": ["factor"],
}
_WHOLE = {
    "Adjustable": ["capacity", "edits"],
    "CosineDecay": ["warmup_steps"],
    "CyclicalLearningRate": ["step_size", "step_size_down"],
    "InverseSquareRootDecay": ["warmup_steps", "first_step"],
    "OneCycle": ["total_steps"],
    "PiecewiseInterpolation": ["steps"],
    "Repeated": ["period"],
    "Sequence": ["boundaries"],
    "Shifted": ["steps"],
    "Warmup": ["warmup_steps"],
    "WarmupStableDecay": ["warmup_steps", "stable_steps", "decay_steps"],
}
_OTHERS = {
    "boundaries": [500, 700],
    "decay_rate": 0.5,
    "edits": [(500, 0.5)],
    "factor": 500,
    "function": lambda step: 0.1,
    "initial_learning_rate": 0.1,
    "learning_rate": 0.1,
    "max_learning_rate": 0.1,
    "maximal_learning_rate": 0.2,
    "power": -0.5,
    "schedule": _FALL,
    "schedules": [_FALL, 0.1, _FALL],
    "steps": [0, 500],
    "values": [0.1, 0.2],
    "warmup_target": 0.2,
}
_COUNTS = [
    (name, argument, argument in _WHOLE.get(name, []))
    for table in (_FRACTIONAL, _WHOLE)
    for name, arguments in table.items()
    for argument in arguments
]
_STEPS = [0, 1, 100, 499, 500, 501, 700, 1200, 3000]


def _arguments(name):
    """The required arguments of the class, and every count."""
    arguments = {
        argument: _OTHERS.get(argument, 500)
        for argument, parameter in inspect.signature(
            getattr(tfs, name)
        ).parameters.items()
        if parameter.default is inspect.Parameter.empty
        or argument in (*_WHOLE.get(name, []), *_FRACTIONAL.get(name, []))
        or (name, argument) == ("CosineDecay", "warmup_target")
    }
    if name == "PiecewiseConstantDecay":
        arguments["values"] = [0.1, 0.2, 0.3]
    if name == "Shifted":
        arguments["steps"] = 500
    return arguments


def _changed(value, change):
    if isinstance(value, list | tuple):
        first, *rest = value
        return type(value)([_changed(first, change), *rest])
    return change(value)


@pytest.mark.parametrize(("name", "argument", "is_whole"), _COUNTS)
def test_a_whole_float_counts_as_the_whole_number(name, argument, is_whole):
    cls, arguments = getattr(tfs, name), _arguments(name)
    want = cls(**arguments)(_STEPS).numpy()
    kinds = [float, np.float64, np.float32, np.int32]
    if name != "Adjustable":
        kinds += [tf.constant, lambda v: tf.constant(v, tf.float64)]
    for kind in kinds:
        value = _changed(arguments[argument], kind)
        schedule = cls(**arguments | {argument: value})
        if kind in kinds[:4]:
            assert schedule(_STEPS).numpy().tobytes() == want.tobytes()
        np.testing.assert_allclose(schedule(_STEPS), want, 1e-6)
        again = cls.from_config(schedule.get_config())
        np.testing.assert_allclose(again(_STEPS), want, 1e-6)
    half = _changed(arguments[argument], lambda value: value + 0.5)
    if is_whole:
        with pytest.raises(ValueError, match=r"must be a whole number.*0\.5"):
            cls(**arguments | {argument: half})
    else:
        cls(**arguments | {argument: half})


def test_the_table_lists_every_count():
    words = ("step", "boundaries", "period", "capacity", "edits", "timescale")
    found = {
        (name, argument)
        for name in tfs.__all__
        if inspect.isclass(cls := getattr(tfs, name))
        and issubclass(cls, tfs.Schedule)
        for argument in inspect.signature(cls).parameters
        if any(word in argument for word in words)
    }
    tried = {(name, argument) for name, argument, _ in _COUNTS}
    assert found <= tried, found - tried


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_boundaries_may_be_tensors_and_variables_of_any_type(dtype):
    boundaries = [tf.constant(2, dtype), tf.Variable(5, dtype=dtype)]
    schedule = tfs.PiecewiseConstantDecay(boundaries, [1.0, 0.5, 0.25])
    assert schedule([2, 3, 5, 6]).numpy().tolist() == [1.0, 0.5, 0.5, 0.25]


def test_a_schedule_is_shifted_by_tensors_and_variables():
    for steps in (tf.constant(2), tf.Variable(2, dtype=tf.int64)):
        schedule = tfs.Shifted(tfs.ExponentialDecay(1.0, 1, 0.5), steps)
        assert schedule([2, 3]).numpy().tolist() == [1.0, 0.5]


def test_counts_may_be_tensors_of_different_types():
    up, down = tf.constant(2), tf.constant(2.0)
    schedule = tfs.CyclicalLearningRate(0.0, 1.0, up, down)
    assert schedule([1, 2, 3, 4]).numpy().tolist() == [0.5, 1.0, 0.5, 0.0]


def test_whole_variables_tell_steps_apart_that_float64_cannot():
    boundary = tf.Variable(2**53 + 1, dtype=tf.int64)
    schedule = tfs.Sequence([1.0, 0.5], [boundary])
    assert schedule([2**53, 2**53 + 1]).numpy().tolist() == [1.0, 0.5]


def test_functions_accept_whole_floats_as_counts(tmp_path):
    one = tfs.InverseSquareRootDecay.noam(512, 4000)
    other = tfs.InverseSquareRootDecay.noam(512.0, 4000.0)
    assert one(_STEPS).numpy().tobytes() == other(_STEPS).numpy().tobytes()
    schedule = tfs.Adjustable(_FALL)
    schedule.scale_from(500.0, 0.5, now=100.0)
    assert schedule.edits.rows() == [(500, 0.5)]
    with pytest.raises(ValueError, match="step must be a whole number"):
        schedule.scale_from(500.5, 0.5)
    path = tfs.export(schedule, tmp_path, warmup_steps=[0.0, 1e3])
    assert (path / "assets.extra").exists()
    with pytest.raises(TypeError, match="warmup_steps must be a sequence of"):
        tfs.export(schedule, tmp_path, warmup_steps=[500.5])
