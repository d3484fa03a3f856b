"""The SavedModels of earlier releases still give the exact rates."""

import hashlib
import pathlib

import cases
import numpy as np
import pytest
import saved_graph
import tensorflow as tf

import tf_schedules
from tf_schedules.catalogue import recipes

_GOLDENS = pathlib.Path(__file__).parent.parent / "saved_models"
_VERSIONS = sorted(
    p.parent for p in _GOLDENS.glob("*/*/saved_model.pb") if p.is_file()
)


def test_there_is_at_least_one_golden():
    assert {p.parent.name for p in _VERSIONS} == set(recipes())


@pytest.mark.parametrize("path", _VERSIONS, ids=lambda p: p.parent.name)
def test_the_rates_of_a_golden_are_exact(path):
    case = cases.CASES[path.parent.name]
    restored = tf.saved_model.load(str(path))
    steps = case.steps
    served = restored.signatures["serving_default"](step=tf.constant(steps))
    rates = served["learning_rate"].numpy()
    worst = max(
        case.excess(int(s), r, "float32")
        for s, r in zip(steps, rates, strict=True)
    )
    assert worst <= 1
    one = restored.signatures["scalar"](step=tf.constant(7, tf.int64))
    assert case.excess(7, one["learning_rate"], "float32") <= 1
    assert case.excess(7, restored(7), "float32") <= 1


@pytest.mark.parametrize("path", _VERSIONS, ids=lambda p: p.parent.name)
def test_the_config_of_a_golden_makes_its_row(path):
    loaded = tf_schedules.load(path)
    row = recipes()[path.parent.name]
    assert type(loaded) is type(row.schedule)
    assert loaded.get_config() == row.schedule.get_config()


@pytest.mark.parametrize("path", _VERSIONS, ids=lambda p: p.parent.name)
def test_a_golden_has_only_portable_operations(path):
    operations = {node.op for node in saved_graph.nodes(path)}
    assert operations <= saved_graph.PORTABLE | {"FloorDiv", "Expm1", "Log1p"}
    assert operations >= {"Placeholder", "Const", "StatefulPartitionedCall"}


def test_no_golden_is_a_copy_of_another():
    """All goldens have different bytes."""
    digests = {
        hashlib.sha256((p / "saved_model.pb").read_bytes()).hexdigest()
        for p in _VERSIONS
    }
    assert len(digests) == len(_VERSIONS)
    assert np.all([(p / "variables").is_dir() for p in _VERSIONS])
