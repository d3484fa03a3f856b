"""The advice in an error fits the argument that the error names."""

import inspect
import pathlib

import pytest

import tf_schedules

# The advice for each argument that is out of range.
_RATE = "Pass a rate such as 0.001."
_STEPS = "Pass a number of steps such as 1000."
_STEPS_OR_NONE = "Pass a number of steps such as 1000, or 0 for none."
_FRACTION = "Pass a fraction such as 0.1."
_CURVE = "Pass one of them."
_LINE = "Pass 1 for a straight line."
_BOOL = "Pass a Python bool."
_STEP = "Pass a step such as 1000."
_FACTOR = "Pass a factor such as 0.5."
_SCHEDULE = "Pass a schedule of this package or of Keras, or a rate."
_ADVICE = {
    "initial_learning_rate": _RATE,
    "learning_rate": _RATE,
    "max_learning_rate": _RATE,
    "maximal_learning_rate": _RATE,
    "end_learning_rate": _RATE,
    "warmup_target": _RATE,
    "minimum": _RATE,
    "maximum": _RATE,
    "decay_steps": _STEPS,
    "first_decay_steps": _STEPS,
    "total_steps": _STEPS,
    "step_size": _STEPS,
    "step_size_down": _STEPS,
    "timescale": _STEPS,
    "period": _STEPS,
    "warmup_steps": _STEPS_OR_NONE,
    "stable_steps": _STEPS_OR_NONE,
    "first_step": "Pass 0, or 1 to count from 1.",
    "alpha": _FRACTION,
    "warmup_fraction": _FRACTION,
    "power": _LINE,
    "gamma": "Pass 0.9999, say; 1 keeps the height.",
    "t_mul": "Pass 1 for equal lengths, 2 to double each time.",
    "m_mul": "Pass 1 for equal peaks, 0.5 to halve each one.",
    "initial_divisor": "Pass a divisor such as 25.",
    "final_divisor": "Pass a divisor such as 1e4.",
    "shape": _CURVE,
    "decay": _CURVE,
    "mode": _CURVE,
    "staircase": _BOOL,
    "cycle": _BOOL,
    "three_phase": _BOOL,
    "schedule": _SCHEDULE,
    "schedules": _SCHEDULE,
    "boundaries": _STEP,
    "capacity": "A few will do, such as 16.",
    "edits": "Pass for example [(1000, 0.1)].",
    "function": "Pass a function, or Constant(rate) for a rate.",
    "dtype": "Leave it out for float32.",
    "offset": _STEPS,
    "path": "Pass a string such as '/tmp/schedules'.",
    "name": "Pass text.",
}
# Classes in which the same name has another meaning.
_OF_CLASS = {
    ("ExponentialDecay", "decay_rate"): "Pass 0.9, say; 1 keeps the rate.",
    ("InverseTimeDecay", "decay_rate"): "Pass 0.5, say; 0 keeps the rate.",
    ("PiecewiseConstantDecay", "values"): _RATE,
    ("PowerDecay", "power"): "Pass a power such as -0.5.",
    ("Raised", "power"): "Pass a power such as 2.",
    ("PiecewiseInterpolation", "values"): _RATE,
    ("PiecewiseInterpolation", "steps"): _STEP,
    ("Sequence", "boundaries"): _STEPS_OR_NONE,
    ("Shifted", "steps"): "Pass 1000, say; -1000 skips the beginning.",
    ("TimeScaled", "factor"): _STEPS,
    ("TimeScaled", "per"): _STEPS,
    ("Scaled", "factor"): _FACTOR,
}
# Further advice for an argument: about an element, or about its type.
_BESIDES = {
    "edits": {_STEPS_OR_NONE, _FACTOR},
    _CURVE: {_LINE},
    _SCHEDULE: {_RATE},
}
_CLASSES = [
    value
    for name in tf_schedules.__all__
    if inspect.isclass(value := getattr(tf_schedules, name))
    and issubclass(value, tf_schedules.Schedule)
    and value is not tf_schedules.Schedule
]
_ARGUMENTS = [
    (cls, name)
    for cls in _CLASSES
    for name in inspect.signature(cls).parameters
]
_GOOD = {
    "boundaries": [1],
    "edits": (),
    "function": lambda step: 0.1,
    "name": "name",
    "schedule": 0.1,
    "schedules": [0.1, 0.1],
    ("PiecewiseInterpolation", "steps"): [0, 1],
    "values": [0.1, 0.1],
    "path": pathlib.Path(__file__).parents[1] / "saved_models/sgdr/1",
}
_BAD = [float("nan"), -0.5, 1.5, "no such thing", object()]
_BAD += [[value, value] for value in (-1.5, float("nan"), "no", object())]


def _errors(cls, name):
    """The errors that the class raises for bad values of one argument."""
    signature = inspect.signature(cls)
    arguments = {
        other: _GOOD.get((cls.__name__, other), _GOOD.get(other, 1))
        for other, parameter in signature.parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    for value in _BAD:
        try:
            cls(**arguments | {name: value})
        except (OSError, TypeError, ValueError) as error:
            yield str(error)


@pytest.mark.parametrize(("cls", "name"), _ARGUMENTS)
def test_the_advice_fits_the_argument(cls, name):
    advice = _OF_CLASS.get((cls.__name__, name)) or _ADVICE[name]
    errors = list(_errors(cls, name))
    assert errors
    assert any(error.endswith(advice) for error in errors), errors
    # Errors about sequences and edits name the element.
    subjects = (name, "step", "factor") if name == "edits" else (name,)
    assert all(error.startswith(subjects) for error in errors), errors
    # No error gives another argument's advice.
    others = {*_ADVICE.values(), *_OF_CLASS.values()} - {advice}
    others -= _BESIDES.get(name, set()) | _BESIDES.get(advice, set())
    for error in errors:
        assert not error.endswith(tuple(others)), error


def test_every_listed_advice_is_used():
    assert set(_ADVICE) <= {name for _, name in _ARGUMENTS}
    assert set(_OF_CLASS) <= {(cls.__name__, name) for cls, name in _ARGUMENTS}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (
            lambda: tf_schedules.ReduceOnPlateau(factor=1.5),
            "factor must be a number from 0 to 1; got 1.5 (float). Pass a "
            "fraction such as 0.1.",
        ),
        (
            lambda: tf_schedules.ReduceOnPlateau(patience=-1),
            "patience must be a whole number of at least 0; got -1 (int). Pass "
            "a number of epochs such as 5.",
        ),
        (
            lambda: tf_schedules.ReduceOnPlateau(cooldown=0.5),
            "cooldown must be a whole number of at least 0; got 0.5 (float). "
            "Pass a number of epochs such as 5.",
        ),
        (
            lambda: tf_schedules.ReduceOnPlateau(min_delta=-1.0),
            "min_delta must be a finite number of at least 0; got -1.0 (float)."
            " Pass 0 or a greater number.",
        ),
        (
            lambda: tf_schedules.ReduceOnPlateau(min_lr=-1.0),
            "min_lr must be a finite number of at least 0; got -1.0 (float). "
            "Pass a rate such as 0.001.",
        ),
        (
            lambda: tf_schedules.LearningRateLogger(update_freq=0),
            "update_freq must be a whole number of at least 1; got 0 (int). "
            "Pass 'batch' or 10.",
        ),
        (
            lambda: tf_schedules.Adjustable(0.1).scale_from(1, -1.0),
            "factor must be a finite number of at least 0; got -1.0 (float). "
            "Pass a factor such as 0.5.",
        ),
        (
            lambda: tf_schedules.InverseSquareRootDecay.noam(-1, 10),
            "model_dim must be a finite number greater than 0; got -1 (int). "
            "Pass 512, say.",
        ),
        (
            lambda: tf_schedules.positive(-1.0),
            "x must be a finite number greater than 0; got -1.0 (float). Pass "
            "a start value inside the range.",
        ),
    ],
)
def test_other_advice_fits_its_argument_too(call, error):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (all of the text)
        call()
    assert str(caught.value) == error
