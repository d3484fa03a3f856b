"""Callbacks can be copied and pickled, and work in another process.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import copy
import multiprocessing
import pickle

import pytest
import tensorflow as tf
from applied_rates import fit, model_and_data

import tf_schedules as tfs

keras = tf.keras


def _callbacks(folder):
    return [
        tfs.LearningRateLogger(folder, update_freq=3),
        tfs.ReduceOnPlateau("loss", 0.5, patience=1),
        tfs.ScheduleHyperparameter(
            "weight_decay", tfs.ExponentialDecay(0.5, 1, 0.5)
        ),
    ]


def _train(callbacks):
    """The rates of a model that does not improve, and its final decay."""
    optimizer = keras.optimizers.SGD(tfs.Adjustable(0.5), weight_decay=0.5)
    model, data = model_and_data(optimizer, steps=2)
    model.compile(optimizer, lambda _, y: 0.0 * tf.reduce_mean(y))
    _, history = fit(model, data, *callbacks, epochs=3)
    return history["learning_rate"], optimizer.weight_decay


_WANT = [0.5, 0.5, 0.25], 0.5**7


def _pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, _pickled])
@pytest.mark.parametrize("used", [False, True])
def test_copies_act_like_the_original(copied, used, tmp_path):
    callbacks = _callbacks(tmp_path)
    if used:
        assert _train(callbacks) == _WANT
        assert list(tmp_path.glob("events*"))
    else:
        # A callback without values has written nothing and started no thread.
        assert not list(tmp_path.glob("events*"))
    copies = [copied(callback) for callback in callbacks]
    assert [type(c) for c in copies] == [type(c) for c in callbacks]
    assert all(c.model is None for c in copies)
    assert _train(copies) == _WANT
    assert _train(callbacks) == _WANT


@pytest.mark.parametrize("copied", [copy.deepcopy, _pickled])
def test_a_copy_has_its_own_state(copied, tmp_path):
    plateau = tfs.ReduceOnPlateau("accuracy", patience=5)
    plateau.state.best.assign(3.5)
    plateau.state.wait.assign(2)
    made = copied(plateau)
    assert float(made.state.best) == 3.5
    assert int(made.state.wait) == 2
    made.state.best.assign(1.0)
    assert float(plateau.state.best) == 3.5


def test_a_callback_works_in_another_process(tmp_path):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_train, (_callbacks(str(tmp_path)),)) == _WANT


def test_a_copy_drives_the_same_variable():
    temperature = tf.Variable(9.0)
    model, data = model_and_data(keras.optimizers.SGD(1.0))
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    follow = tfs.ScheduleHyperparameter(temperature, schedule)
    fit(model, data, copy.deepcopy(follow))
    assert float(temperature) == 0.5**3


@pytest.mark.parametrize(
    "make",
    [
        lambda o: tfs.LearningRateLogger(optimizers={"a": o}),
        lambda o: tfs.ReduceOnPlateau(optimizers={"a": o}),
        lambda o: tfs.ScheduleHyperparameter("momentum", 0.5, {"a": o}),
    ],
)
def test_a_copy_has_the_same_optimizers(make):
    optimizer = keras.optimizers.SGD(1.0)
    callback = make(optimizer)
    assert copy.deepcopy(callback).optimizers() == {"a": optimizer}
    with pytest.raises(TypeError, match="optimizers must be found by name"):
        pickle.dumps(callback)


def test_a_variable_that_is_a_target_cannot_be_pickled():
    follow = tfs.ScheduleHyperparameter(tf.Variable(1.0), 0.5)
    with pytest.raises(TypeError, match="target must be found by name"):
        pickle.dumps(follow)
