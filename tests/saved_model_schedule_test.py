"""SavedModelSchedule makes any SavedModel with a step and a rate a schedule."""

import copy
import pickle
import shutil

import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules.core.serialization import deserialize, serialize
from tf_schedules.saving.freezing import frozen


class _Halving(tf.Module):
    """A handwritten schedule in a module."""

    def __init__(self, shape, dtype=tf.int64):
        super().__init__()
        spec = tf.TensorSpec(shape, dtype, name="at")
        self.scale = tf.Variable(2.0)
        self.rate = tf.function(
            lambda at: self.scale * 0.5 ** tf.cast(at, tf.float32), [spec]
        )


@pytest.mark.parametrize("shape", [[None], [], None])
@pytest.mark.parametrize("dtype", [tf.int64, tf.int32, tf.float32])
def test_a_saved_model_without_a_config_works_as_a_schedule(
    shape, dtype, tmp_path
):
    module, original = _Halving(shape, dtype), str(tmp_path / "original")
    tf.saved_model.save(module, original, signatures=module.rate)
    loaded = tf_schedules.SavedModelSchedule(original)
    assert loaded(1) == 1.0
    assert loaded([[0, 1], [2, 3]]).numpy().tolist() == [[2, 1], [0.5, 0.25]]
    weight = tf.Variable(0.0)
    optimizer = tf.keras.optimizers.SGD(loaded)
    optimizer.build([weight])
    train = tf.function(
        lambda: optimizer.apply_gradients([(tf.constant(1.0), weight)])
    )
    train(), train()
    assert float(weight) == -3.0
    path = tf_schedules.export(loaded, tmp_path / "again")
    again = tf.saved_model.load(str(path))
    assert again(2) == 0.5
    assert not hasattr(again, "schedule_config")
    shutil.rmtree(tmp_path / "original")
    assert tf_schedules.SavedModelSchedule(path)(2) == 0.5


def test_a_whole_step_reaches_the_graph_exactly(tmp_path):
    module, step = tf.Module(), 2**53 + 1
    module.rate = tf.function(
        lambda at: tf.cast(at == step, tf.float32),
        [tf.TensorSpec([None], tf.int64)],
    )
    tf.saved_model.save(module, str(tmp_path), signatures=module.rate)
    schedule = tf_schedules.SavedModelSchedule(tmp_path)
    assert schedule([step - 1, step, step + 1]).numpy().tolist() == [0, 1, 0]


def test_a_fraction_of_a_step_reaches_a_graph_that_takes_it(tmp_path):
    for dtype, want in ((tf.float32, 2 * 0.5**0.5), (tf.int64, 2.0)):
        path, module = str(tmp_path / dtype.name), _Halving([], dtype)
        tf.saved_model.save(module, path, signatures=module.rate)
        schedule = tf_schedules.SavedModelSchedule(path)
        assert float(schedule(0.5)) == pytest.approx(want, rel=1e-6)


def test_among_several_signatures_the_default_is_the_rate(tmp_path):
    module = _Halving([])
    another = tf.function(lambda: tf.constant(0.5), [])
    signatures = {"another": another, "serving_default": module.rate}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    assert tf_schedules.SavedModelSchedule(tmp_path)(1) == 1.0


def test_a_schedule_of_another_precision_shares_the_variables(tmp_path):
    module = _Halving([None])
    only = {"of_any_name": module.rate}
    tf.saved_model.save(module, str(tmp_path), signatures=only)
    schedule = tf_schedules.SavedModelSchedule(tmp_path)
    narrow, numbers = schedule.with_precision("float32"), frozen(schedule)
    schedule._saved_model.scale.assign(4.0)
    assert narrow(1) == schedule(1) == 2.0
    assert numbers(1) == 1.0


def test_the_config_has_the_path_and_no_dtype(tmp_path):
    rate = tf.constant(0.5, tf.float64)
    path = tf_schedules.export(tf_schedules.Constant(rate), tmp_path)
    schedule = tf_schedules.SavedModelSchedule(path)
    assert schedule.dtype == tf.float64
    assert schedule.get_config() == {
        "path": str(path),
        "name": "SavedModelSchedule",
    }


def test_no_config_runs_the_graph_of_another_file(tmp_path):
    module, path = _Halving([None]), str(tmp_path / "module")
    tf.saved_model.save(module, path, signatures=module.rate)
    schedule = tf_schedules.SavedModelSchedule(path)
    for make in (
        lambda: type(schedule).from_config(schedule.get_config()),
        lambda: deserialize(serialize(schedule)),
        lambda: tf.keras.optimizers.schedules.deserialize(serialize(schedule)),
    ):
        with pytest.raises(ValueError, match="must not be made from a config"):
            make()


@pytest.mark.parametrize("name", [None, "", "a b", "1st", "SGDR/β"])
def test_copies_keep_the_name(name, tmp_path):
    module, path = _Halving([None]), str(tmp_path / "module")
    tf.saved_model.save(module, path, signatures=module.rate)
    schedule = tf_schedules.SavedModelSchedule(path, name)
    for again in (
        copy.copy(schedule),
        copy.deepcopy(schedule),
        pickle.loads(pickle.dumps(schedule)),
        frozen(schedule),
        schedule.with_precision("float32").with_precision("float64"),
    ):
        assert again.name == name
        assert again.get_config() == schedule.get_config()
        assert again(1) == 1.0


@pytest.mark.parametrize("shape", [[3], [None, 1]])
def test_signatures_with_other_shapes_are_refused(shape, tmp_path):
    module = _Halving(shape)
    tf.saved_model.save(module, str(tmp_path), signatures=module.rate)
    with pytest.raises(ValueError, match="path must be a SavedModel with a si"):
        tf_schedules.SavedModelSchedule(tmp_path)


def test_a_saved_model_that_is_not_a_schedule_is_refused(tmp_path):
    module = tf.Module()
    module.add = tf.function(
        lambda a, b: a + b, [tf.TensorSpec([]), tf.TensorSpec([])]
    )
    tf.saved_model.save(module, str(tmp_path), signatures=module.add)
    with pytest.raises(ValueError, match="path must be a SavedModel with a si"):
        tf_schedules.SavedModelSchedule(tmp_path)
