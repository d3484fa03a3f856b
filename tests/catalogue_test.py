"""Every class has a row, an oracle, a golden and a doctest."""

import inspect
import pathlib

import cases
import oracles
import pytest

from tf_schedules.catalogue import recipes
from tf_schedules.core.schedule import Schedule

_ROOT = pathlib.Path(__file__).parent.parent
_GOLDENS = _ROOT / "saved_models"
# Classes without their own formula, and the reasons.
_EXCUSED = {
    "Schedule": "the abstract base class",
    "SavedModelSchedule": "its formula is in the SavedModel",
}
# Classes that only support/cases.py has, and the reasons.
_WITHOUT_ROW = {
    "Adjustable": "its table is variables, which importing must not make",
    "FromFunction": "its formula is the user's",
    "Maximum": "recipes have floors of numbers, which are Clamped",
}

# The lengths of the runs, which users have in their scripts.
_STEPS = {
    "adafactor-second-moment": 524_288,
    "bert-base": 1_000_000,
    "bottou-sgd": 1_000_000,
    "dawnbench-cifar10": 2_352,
    "dcgan": 100_000,
    "deeplab-v3": 30_000,
    "edm2-average": 1_048_576,
    "efficientnet": 109_475,
    "flat-cosine": 11_760,
    "gpt-3": 93_750,
    "inception-v3": 4_003_647,
    "infinite": 132_000,
    "minicpm": 259_000,
    "noam": 100_000,
    "palm": 255_000,
    "power-scheduler": 298_024,
    "resnet-50": 450_450,
    "resnet-50-large-batch": 14_130,
    "rex": 117_300,
    "sgdr": 58_650,
    "sgdr-equal-cycles": 78_200,
    "smith-triangular": 24_000,
    "snapshot-ensemble": 234_600,
    "step-cosine": 510_000,
    "super-convergence": 10_000,
    "t5": 524_288,
    "tensor2tensor": 250_000,
    "trapezoid": 1_875,
    "untuned-warmup": 100_000,
    "vit-g": 1_000_000,
    "weight-average-ramp": 800_000,
    "wide-resnet": 78_200,
    "wmt-transformer": 300_000,
    "word2vec": 1_000_000,
    "wsd-s": 50_000,
}


def missing(classes, rows, oracle_names, golden_names):
    """The missing parts of each class and row, as sentences."""
    used = {
        part.schedule
        for row in rows.values()
        for part in cases.Case.of(row.schedule).parts
    }
    for cls in classes:
        name = cls.__name__
        if name in _EXCUSED:
            continue
        if name not in used and name not in _WITHOUT_ROW:
            yield f"{name} has no row in tf_schedules/catalogue/"
        if name not in oracle_names:
            yield f"{name} has no oracle in tests/support/oracles.py"
    for row in rows:
        if row not in golden_names:
            yield f"{row} has no golden in saved_models/"
    for golden in golden_names - set(rows):
        yield f"the golden {golden} has no row in tf_schedules/catalogue/"


def _golden_names():
    return {p.name for p in _GOLDENS.iterdir() if p.is_dir()}


def test_no_class_or_row_has_a_missing_part():
    gaps = missing(
        cases.public_classes(), recipes(), set(vars(oracles)), _golden_names()
    )
    assert list(gaps) == []


def test_missing_parts_are_named():
    class Forgotten(Schedule):
        pass

    gaps = missing([Forgotten], {"new-row": recipes()["sgdr"]}, set(), {"old"})
    assert sorted(gaps) == [
        "Forgotten has no oracle in tests/support/oracles.py",
        "Forgotten has no row in tf_schedules/catalogue/",
        "new-row has no golden in saved_models/",
        "the golden old has no row in tf_schedules/catalogue/",
    ]


def test_listed_exceptions_are_still_needed():
    names = {cls.__name__ for cls in cases.public_classes()}
    assert set(_EXCUSED) | set(_WITHOUT_ROW) <= names
    tested = {case.schedule for case in cases.CASES.values()}
    assert set(_WITHOUT_ROW) <= tested
    for name in _EXCUSED:
        assert not hasattr(oracles, name)


@pytest.mark.parametrize("cls", cases.public_classes())
def test_public_classes_are_documented_and_final(cls):
    documentation = inspect.getdoc(cls)
    first, _, rest = documentation.partition("\n")
    assert first.endswith(".")
    parts = ["Args:", "Raises:"]
    if cls is not Schedule:
        assert cls.__mro__[1] is Schedule, "abstract or final"
        assert getattr(cls, "__final__", True)  # marked from Python 3.11 on
        parts += ["```", ">>> ", "Source: "]
    for part in parts:
        assert part in rest, f"{cls.__name__} has no {part}"


@pytest.mark.parametrize("name", recipes())
def test_a_row_names_its_source_and_has_plausible_rates(name):
    row = recipes()[name]
    assert name == name.lower()
    assert "arXiv" in row.source or "http" in row.source
    assert row.steps > 0
    rates = row.schedule(range(0, row.steps, row.steps // 1000)).numpy()
    assert rates.dtype == "float32"
    assert 0 < max(rates) < 5
    assert min(rates) >= 0
    with pytest.raises(AttributeError):
        row.steps = 0


def test_the_runs_keep_their_lengths():
    assert {name: row.steps for name, row in recipes().items()} == _STEPS
