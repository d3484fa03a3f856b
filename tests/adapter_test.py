"""The other Keras's optimizers take schedules only through the adapter."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tf_schedules as tfs

_ONE = keras if "tf_keras" in tf.keras.Model.__module__ else tf_keras


def _model(rate):
    model = _ONE.Sequential(
        [_ONE.layers.Input([1]), _ONE.layers.Dense(1, use_bias=False)]
    )
    model.compile(_ONE.optimizers.SGD(rate), "mse")
    return model


def test_an_unadapted_schedule_raises_an_error_that_names_the_adapter():
    with pytest.raises(TypeError, match=r"tf_schedules\.adapter"):
        _model(tfs.ExponentialDecay(1.0, 1, 0.5)).fit(
            np.ones([1, 1]), np.ones([1, 1]), verbose=0
        )


def test_an_adapted_schedule_gives_the_same_rates():
    rate = tf.Variable(1.0)
    schedule = tfs.ExponentialDecay(rate, 1, 0.5)
    optimizer = _ONE.optimizers.SGD(tfs.adapter(_ONE)(schedule))
    weight = tf.Variable(0.0)
    optimizer.build([weight])
    train = tf.function(
        lambda: optimizer.apply_gradients([(tf.constant(1.0), weight)])
    )
    for step in range(6):
        if step == 3:
            rate.assign(8.0)
        before = float(weight)
        train()
        assert before - float(weight) == float(schedule(step))


def test_models_checkpoints_and_pickles_keep_the_adapted_schedule(tmp_path):
    adapted = tfs.adapter(_ONE)(tfs.ExponentialDecay(tf.Variable(1.0), 1, 0.5))
    model = _model(adapted)
    model.fit(np.ones([2, 1]), np.ones([2, 1]), verbose=0)
    path = str(tmp_path / "model.keras")
    model.save(path)
    loaded = _ONE.models.load_model(path).optimizer._learning_rate
    assert loaded.schedule.get_config() == adapted.schedule.get_config()
    copied = pickle.loads(pickle.dumps(adapted))
    checkpoint = tf.train.Checkpoint(optimizer=model.optimizer)
    saved = checkpoint.save(str(tmp_path / "c"))
    adapted.schedule.initial_learning_rate.assign(4.0)
    assert float(copied(1)) == 0.5
    assert float(adapted(1)) == 2.0
    checkpoint.restore(saved)
    assert float(adapted(1)) == 0.5


def test_every_file_format_keeps_nested_schedules(tmp_path):
    schedule = tfs.Warmup(
        tfs.Sequence([tfs.CosineDecay(np.float64(0.1), 20), 0.1], [5]), 4
    ) * tfs.Adjustable(tfs.Constant(tfs.positive(0.5)), 4, [(2, 0.5)])
    adapted = tfs.adapter(_ONE)(schedule)
    model = _model(adapted)
    model.compile(_ONE.optimizers.SGD(adapted), _ONE.losses.MeanSquaredError())
    names = (
        ["m.keras", "m.h5", "m"] if _ONE is tf_keras else ["m.keras", "m.h5"]
    )
    for name in names:
        model.save(str(tmp_path / name))
        loaded = _ONE.models.load_model(
            str(tmp_path / name), custom_objects={"Adapted": type(adapted)}
        )
        again = loaded.optimizer._learning_rate.schedule
        assert tfs.serialize(again) == tfs.serialize(schedule)
        assert (
            again(range(30)).numpy().tolist()
            == schedule(range(30)).numpy().tolist()
        )


def test_modules_other_than_keras_are_refused():
    for module in (np, None, "keras"):
        with pytest.raises(TypeError, match="keras must be the module keras"):
            tfs.adapter(module)
