"""A schedule computes in float32 on request, in every graph and copy."""

import copy
import pickle

import cases
import cloudpickle
import numpy as np
import pytest
import saved_graph
import tensorflow as tf

import tf_schedules as tfs

_STEPS = np.arange(0, 3000, 7)
_FLOAT64 = tf.float64.as_datatype_enum


def _narrow():
    return tfs.CosineDecayRestarts(0.1, 100, 1.5, 0.9).with_precision("float32")


def _has_float64(function, *specs) -> bool:
    graph = tf.function(function).get_concrete_function(*specs).graph
    nodes = saved_graph.nodes_of(graph.as_graph_def())
    return any(_FLOAT64 in saved_graph.types(node) for node in nodes)


@pytest.mark.parametrize("dtype", [tf.int64, tf.int32, tf.float32])
@pytest.mark.parametrize("shape", [[], [None]])
def test_no_float32_graph_has_a_float64(dtype, shape):
    schedule, spec = _narrow(), tf.TensorSpec(shape, dtype)
    assert not _has_float64(lambda step: schedule(step), spec)
    assert _has_float64(schedule.with_precision("float64").__call__, spec)


def test_a_python_step_makes_no_float64():
    schedule = _narrow()
    assert not _has_float64(lambda: schedule(3.0) + schedule(3))


def test_eager_rates_equal_those_of_the_graph():
    schedule = _narrow()
    assert schedule.dtype == tf.float32
    want = tf.function(schedule.__call__)(tf.constant(_STEPS)).numpy()
    np.testing.assert_array_equal(schedule(_STEPS), want)
    exact = schedule.with_precision("float64")(_STEPS)
    np.testing.assert_allclose(want, exact, 0, 1e-7)
    assert want.tobytes() != exact.numpy().tobytes()
    np.testing.assert_allclose(schedule(_STEPS / 2.0), schedule(_STEPS / 2.0))
    assert np.isnan(schedule(np.nan))


def test_the_dtype_is_float32_until_the_precision_is_undone():
    for rate in (np.float64(0.1), tf.Variable(0.1, dtype=tf.bfloat16)):
        schedule = tfs.ExponentialDecay(rate, 10, 0.5)
        narrow = schedule.with_precision("float32")
        assert narrow.dtype == narrow(1).dtype == tf.float32
        again = narrow.with_precision("float64")
        assert again.dtype == schedule.dtype != tf.float32
        assert again(3) == schedule(3)
        made = type(narrow).from_config(narrow.get_config())
        assert made.dtype == tf.float32
        assert made.with_precision("float64").dtype == schedule.dtype


def test_the_copy_has_the_same_variables():
    rate = tf.Variable(1.0)
    narrow = (2.0 * tfs.Constant(rate)).with_precision("float32")
    rate.assign(3.0)
    assert narrow(0) == 6.0
    assert narrow.with_precision("float64").variables[0] is rate
    edited = tfs.Adjustable(1.0)
    narrow = edited.with_precision("float32")
    edited.scale_from(5, 0.5)
    assert narrow(5) == 0.5


def test_the_config_has_the_precision_only_where_requested():
    schedule = _narrow()
    assert schedule.get_config()["precision"] == "float32"
    plain = schedule.with_precision("float64")
    assert "precision" not in plain.get_config()
    assert plain.get_config() == (
        tfs.CosineDecayRestarts(0.1, 100, 1.5, 0.9).get_config()
    )
    warm = tfs.Warmup(schedule, 10)
    assert "precision" not in warm.get_config()
    assert warm.get_config()["schedule"]["config"]["precision"] == "float32"
    assert "precision" not in str(warm.with_precision("float64").get_config())


def test_copies_keep_the_precision():
    for schedule in (_narrow(), tfs.Warmup(_narrow(), 10)):
        want = schedule(_STEPS).numpy().tobytes()
        for again in (
            copy.copy(schedule),
            copy.deepcopy(schedule),
            pickle.loads(pickle.dumps(schedule)),
            cloudpickle.loads(cloudpickle.dumps(schedule)),
            type(schedule).from_config(schedule.get_config()),
        ):
            assert again(_STEPS).numpy().tobytes() == want
            assert again.get_config() == schedule.get_config()
            assert repr(again) == repr(schedule)
    assert repr(_narrow()).endswith(".with_precision('float32')")


def test_one_part_sets_float32_for_all_and_the_outermost_undoes_it():
    part = _narrow()
    whole = tfs.Sequence([0.1, tfs.Shifted(part, 3) * 2.0], [50])
    spec = tf.TensorSpec([], tf.int64)
    assert whole.dtype == tf.float32
    assert not _has_float64(whole.__call__, spec)
    undone = whole.with_precision("float64")
    assert _has_float64(undone.__call__, spec)
    same = tfs.CosineDecayRestarts(0.1, 100, 1.5, 0.9)
    want = tfs.Sequence([0.1, tfs.Shifted(same, 3) * 2.0], [50])
    np.testing.assert_array_equal(undone(_STEPS), want(_STEPS))


def test_exports_in_float32_have_no_float64_and_the_same_rates(tmp_path):
    schedule = cases.CASES["warmup-power"].make()
    narrow = schedule.with_precision("float32")
    paths = [
        tfs.export(narrow, tmp_path / "asked"),
        tfs.export(schedule, tmp_path / "argument", precision="float32"),
    ]
    for path in paths:
        for node in saved_graph.nodes(path):
            assert _FLOAT64 not in saved_graph.types(node), node
        restored = tf.saved_model.load(str(path))
        steps = tf.constant(_STEPS)
        np.testing.assert_array_equal(restored(steps), narrow(steps))
    asked, argument = map(tfs.load, paths)
    assert asked.get_config() == narrow.get_config()
    assert argument.get_config() == schedule.get_config()


def test_a_saved_model_schedule_computes_in_float32(tmp_path):
    path = tfs.export(tfs.Constant(0.5), tmp_path, precision="float32")
    schedule = tfs.SavedModelSchedule(path).with_precision("float32")
    spec = tf.TensorSpec([], tf.int64)
    assert not _has_float64((2.0 * schedule).__call__, spec)
    assert schedule(3) == 0.5


@pytest.mark.parametrize("precision", ["float16", None, tf.float32, ""])
def test_unknown_precisions_are_refused(precision):
    with pytest.raises(ValueError, match="precision must be one of") as caught:
        _narrow().with_precision(precision)
    assert "; got " in str(caught.value)
    config = _narrow().get_config() | {"precision": precision}
    with pytest.raises(ValueError, match="precision must be one of"):
        tfs.CosineDecayRestarts.from_config(config)
