"""Each row of the README's migration table gives the original's numbers.

migration_originals.py recorded the originals; the tests rerun those that are
installed.
"""

import json
import pathlib

import migration_originals
import numpy as np
import pytest

import tf_schedules as tfs

_RECORD = json.loads(migration_originals.RECORD.read_text())
_README = pathlib.Path(__file__).parent.parent / "README.md"
_COSINE = tfs.CosineDecay(0.5, 50, alpha=0.1)
# Our equivalent, and its last step if the original is wrong after that.
_OURS = {
    "torch": {
        "StepLR": (tfs.ExponentialDecay(0.5, 10, 0.5, staircase=True), None),
        "ExponentialLR": (tfs.ExponentialDecay(0.5, 1, 0.9), None),
        "MultiStepLR": (
            tfs.PiecewiseConstantDecay([10 - 1, 30 - 1], [0.5, 0.05, 0.005]),
            None,
        ),
        "LinearLR": (
            tfs.PiecewiseInterpolation([0, 20], [0.5 * 0.1, 0.5]),
            None,
        ),
        "PolynomialLR": (tfs.PolynomialDecay(0.5, 50, 0.0, 2.0), None),
        "CosineAnnealingLR": (_COSINE, 50),
        "CosineAnnealingWarmRestarts": (
            tfs.CosineDecayRestarts(0.5, 10, 2.0, alpha=0.05 / 0.5),
            None,
        ),
        "OneCycleLR": (tfs.OneCycle(1.0, 100), 99),
        "CyclicLR": (
            tfs.CyclicalLearningRate(0.1, 1.0, 10, mode="triangular2"),
            None,
        ),
    },
    "optax": {
        "exponential_decay": (
            tfs.Clamped(tfs.ExponentialDecay(0.5, 10, 0.5), minimum=0.1),
            None,
        ),
        "polynomial_schedule": (
            tfs.Shifted(tfs.PolynomialDecay(0.5, 20, 0.1, 2.0), 10),
            None,
        ),
        "warmup_cosine_decay_schedule": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10, 0.05 / 0.5), 10),
            None,
        ),
        "join_schedules": (
            tfs.Sequence([0.5, tfs.ExponentialDecay(0.5, 10, 0.5)], [20]),
            None,
        ),
        "piecewise_constant_schedule": (
            tfs.PiecewiseConstantDecay([10 - 1, 30 - 1], [0.5, 0.05, 0.025]),
            None,
        ),
    },
    "transformers": {
        "get_linear_schedule_with_warmup": (
            tfs.Warmup(tfs.PolynomialDecay(0.5, 50 - 10, 0.0), 10),
            None,
        ),
        "get_cosine_schedule_with_warmup": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10), 10),
            50,
        ),
        "get_inverse_sqrt_schedule": (
            tfs.InverseSquareRootDecay(0.5, 10),
            None,
        ),
    },
    "tensorflow_addons": {
        "Triangular2CyclicalLearningRate": (
            tfs.CyclicalLearningRate(0.1, 1.0, 10, mode="triangular2"),
            None,
        ),
    },
    "official": {
        "LinearWarmup": (
            tfs.Sequence(
                [
                    tfs.PiecewiseInterpolation([0, 10], [0.1, 0.25]),
                    tfs.Shifted(tfs.ExponentialDecay(0.5, 10, 0.5), -10),
                ],
                [10],
            ),
            None,
        ),
    },
    "tensorflow": {
        "exponential_decay": (tfs.ExponentialDecay(0.5, 10, 0.5, True), None),
        "inverse_time_decay": (tfs.InverseTimeDecay(0.5, 10, 0.5), None),
        "natural_exp_decay": (
            tfs.ExponentialDecay(0.5, 10, float(np.exp(-0.5))),
            None,
        ),
        "polynomial_decay": (tfs.PolynomialDecay(0.5, 50, 0.1, 2.0), None),
        "cosine_decay": (_COSINE, None),
        "cosine_decay_restarts": (tfs.CosineDecayRestarts(0.5, 10), None),
        "piecewise_constant": (
            tfs.PiecewiseConstantDecay([10, 30], [0.5, 0.1, 0.05]),
            None,
        ),
    },
}
_ROWS = [(lib, name) for lib, rows in _OURS.items() for name in rows]


def _compare(library, name, originals):
    schedule, last = _OURS[library][name]
    steps = [s for s in migration_originals.STEPS if last is None or s <= last]
    rates = schedule(steps).numpy()
    count = min(len(steps), len(originals))
    assert count >= 10
    # The originals compute in float32.
    np.testing.assert_allclose(
        rates[:count], originals[:count], rtol=2e-5, atol=1e-7
    )


@pytest.mark.parametrize(("library", "name"), _ROWS)
def test_a_row_gives_the_recorded_rates(library, name):
    _compare(library, name, _RECORD[library][name])


def test_every_record_has_a_mapping_and_a_line_in_the_readme():
    recorded = {(lib, name) for lib, rows in _RECORD.items() for name in rows}
    assert recorded == set(_ROWS)
    table = _README.read_text().partition("## Coming from elsewhere")[2]
    for _, name in _ROWS:
        assert f"`{name}" in table, name


@pytest.mark.parametrize("library", migration_originals.LIBRARIES)
def test_installed_originals_still_give_the_recorded_rates(library):
    try:
        rates = library()
    except ImportError as error:
        pytest.skip(str(error))
    for name, originals in rates.items():
        _compare(library.__name__, name, originals)


def test_a_wrong_mapping_fails():
    with pytest.raises(AssertionError):
        _compare("torch", "StepLR", _RECORD["torch"]["ExponentialLR"])
