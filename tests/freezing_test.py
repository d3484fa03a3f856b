"""Exports hold numbers, and variables only on request."""

import shutil

import cases
import numpy as np
import pytest
import saved_graph
import tensorflow as tf

import tf_schedules
from tf_schedules.catalogue import recipes

_STEPS = tf.constant([0, 1, 299, 300, 630, 992, 993, 2**24 + 1, 2**31 + 5])
_VARIABLE_OPS = {"VarHandleOp", "ReadVariableOp"}


def _operations(path):
    return {node.op for node in saved_graph.nodes(path)}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=cases.unless_first(name))
        for name in (*recipes(), "restarts-decimal", "product")
    ],
)
def test_variables_become_numbers(name, tmp_path):
    schedule, variables = cases.CASES[name].live()
    assert variables
    path = tf_schedules.export(schedule, tmp_path)
    assert not _operations(path) & _VARIABLE_OPS
    restored = tf.saved_model.load(str(path))
    want = restored(_STEPS).numpy()
    for variable in variables:
        variable.assign(variable + 1.0)
    assert restored(_STEPS).numpy().tobytes() == want.tobytes()
    # Numbers restart exactly, variables almost exactly.
    exact = tf_schedules.load(path)
    assert exact(_STEPS).numpy().tobytes() == want.tobytes()


def test_variables_stay_variables_on_request(tmp_path):
    rate = tf.Variable(1.0)
    schedule = tf_schedules.ExponentialDecay(rate, 10, 0.5)
    for precision in ("float64", "float32"):
        path = tf_schedules.export(
            2.0 * schedule, tmp_path, precision=precision, variables=True
        )
        assert _operations(path) >= _VARIABLE_OPS
        restored = tf.saved_model.load(str(path))
        (variable,) = (restored.schedule.initial_learning_rate,)
        variable.assign(4.0)
        serve = restored.signatures["serving_default"]
        ten = tf.constant([10], tf.int64)
        assert serve(step=ten)["learning_rate"].numpy() == [4.0]
        assert restored(10) == 4.0
        assert rate == 1.0
        assert tf_schedules.load(path)(10) == 1.0


def test_an_export_keeps_the_dtype(tmp_path):
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64):
        schedule = tf_schedules.CosineDecay(tf.Variable(0.1, dtype=dtype), 9)
        path = tf_schedules.export(schedule, tmp_path)
        restored = tf.saved_model.load(str(path))
        assert restored(4).dtype == dtype
        assert tf_schedules.load(path).dtype == dtype
        assert restored(4) == schedule(4)


class _Ramp(tf.Module):
    def __init__(self, dtype=tf.float32):
        super().__init__()
        self.scale = tf.Variable(2.0, dtype=dtype)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def rate(self, at):
        return self.scale * tf.cast(at, self.scale.dtype)


def _of_another(module, path):
    tf.saved_model.save(module, str(path), signatures=module.rate)
    schedule = tf_schedules.SavedModelSchedule(path)
    shutil.rmtree(path)  # the loaded model is enough
    return schedule


def test_the_variables_of_a_foreign_saved_model_become_numbers(tmp_path):
    schedule = 0.5 * _of_another(_Ramp(), tmp_path / "original")
    path = tf_schedules.export(schedule, tmp_path / "frozen")
    assert not _operations(path) & _VARIABLE_OPS
    assert tf.saved_model.load(str(path))([3, 4]).numpy().tolist() == [3, 4]
    path = tf_schedules.export(schedule, tmp_path / "live", variables=True)
    assert _operations(path) >= _VARIABLE_OPS
    assert tf.saved_model.load(str(path))([3, 4]).numpy().tolist() == [3, 4]


def test_a_foreign_saved_model_is_exported_with_its_current_values(tmp_path):
    schedule = _of_another(_Ramp(), tmp_path / "original")
    (scale,) = schedule._function.variables
    scale.assign(10.0)
    for variables in (False, True):
        path = tf_schedules.export(schedule, tmp_path, variables=variables)
        assert tf.saved_model.load(str(path))(3) == 30.0


def test_a_foreign_float64_saved_model_is_refused_in_float32(tmp_path):
    schedule = _of_another(_Ramp(tf.float64), tmp_path / "original")
    with pytest.raises(ValueError, match="precision must be 'float64'"):
        tf_schedules.export(schedule, tmp_path / "new", precision="float32")
    assert not (tmp_path / "new").exists()


def test_a_foreign_saved_model_keeps_its_table(tmp_path):
    class Table(_Ramp):
        def __init__(self):
            super().__init__()
            keys, values = tf.constant([0, 1], tf.int64), [0.5, 0.25]
            self.table = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(keys, values), 0.125
            )

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
        def rate(self, at):
            return self.table.lookup(at)

    class Both(Table):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
        def rate(self, at):
            return self.scale * self.table.lookup(at)

    schedule = _of_another(Table(), tmp_path / "table")
    path = tf_schedules.export(schedule, tmp_path)
    assert tf.saved_model.load(str(path))([0, 1, 2])[2] == 0.125
    schedule = _of_another(Both(), tmp_path / "both")
    with pytest.raises(ValueError, match="variables must be True"):
        tf_schedules.export(schedule, tmp_path / "new")
    path = tf_schedules.export(schedule, tmp_path / "new", variables=True)
    assert tf.saved_model.load(str(path))(2) == 0.25


def test_symbolic_arguments_are_refused(tmp_path):
    @tf.function
    def inside(rate):
        schedule = tf_schedules.ExponentialDecay(rate, 10, 0.5)
        with pytest.raises(ValueError, match="is symbolic"):
            tf_schedules.export(schedule, tmp_path / "new")
        return rate

    inside(tf.constant(0.1))
    assert not np.any([*tmp_path.iterdir()])


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_edits_become_numbers_on_their_steps(precision, tmp_path):
    schedule = tf_schedules.Adjustable(tf_schedules.Constant(0.5))
    schedule.scale_from(step=2**24 + 1, factor=0.5)
    slow = tf_schedules.TimeScaled(schedule, 2.5)
    path = tf_schedules.export(slow, tmp_path, precision=precision)
    assert not _operations(path) & _VARIABLE_OPS
    restored = tf.saved_model.load(str(path))
    first = 41943043  # the first step from 2.5 * (2**24 + 1) on
    assert restored(first - 1) == 0.5
    assert restored(first) == 0.25
    assert tf_schedules.load(path)(first) == 0.25
    assert slow(first - 1) == 0.5
    assert slow(first) == 0.25
    schedule.scale_from(step=2**25, factor=0.5)
    assert restored(10**9) == 0.25
