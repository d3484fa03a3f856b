"""Tools that build models and copy callbacks work with schedules.

Each test runs if its tool is installed: pip install dm-sonnet keras-tuner
scikeras.
Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs

keras = tf.keras
_takes_keras_3 = pytest.mark.skipif(
    not hasattr(keras, "Variable"), reason="it takes only Keras 3 models"
)
_X = np.linspace(0, 1, 32, dtype="float32").reshape(8, 4)
_Y = _X.sum(1, keepdims=True)


def _model(peak=0.1):
    schedule = tfs.Adjustable(tfs.Warmup(tfs.CosineDecay(peak, 20), 2))
    model = keras.Sequential([keras.Input([4]), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(schedule, weight_decay=0.5)
    model.compile(optimizer, "mse")
    return model


def _callbacks(folder):
    return [
        tfs.ReduceOnPlateau("loss", 0.5, patience=1),
        tfs.LearningRateLogger(folder),
        tfs.ScheduleHyperparameter("weight_decay", 0.25),
    ]


@_takes_keras_3
def test_keras_tuner_searches_over_schedules(tmp_path):
    """It copies the callbacks for every trial."""
    tuner_of = pytest.importorskip("keras_tuner")
    callbacks = _callbacks(tmp_path / "logs")
    applied = []

    class Applied(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            applied.append(logs["learning_rate"])

        def __deepcopy__(self, memo):
            return self

    tuner = tuner_of.GridSearch(
        lambda hp: _model(hp.Choice("peak", [0.1, 0.2])),
        objective=tuner_of.Objective("val_loss", "min"),
        directory=tmp_path / "tuner",
    )
    tuner.search(
        *(_X, _Y),
        validation_data=(_X, _Y),
        batch_size=4,
        epochs=2,
        verbose=0,
        callbacks=[*callbacks, Applied()],
    )
    assert len(tuner.oracle.trials) == 2
    for i, peak in enumerate((0.1, 0.2)):
        rates = _model(peak).optimizer._learning_rate(range(4))
        np.testing.assert_allclose(applied[4 * i : 4 * i + 4], rates)
    assert [*(tmp_path / "logs").rglob("events*")]
    assert callbacks[0].state.step == 0


@_takes_keras_3
def test_scikeras_fits_with_a_schedule(tmp_path):
    """scikit-learn clones the estimator and its callbacks for every fold."""
    scikeras = pytest.importorskip("scikeras.wrappers")
    model_selection = pytest.importorskip("sklearn.model_selection")
    regressor = scikeras.KerasRegressor(
        _model,
        peak=0.1,
        batch_size=2,
        epochs=3,
        verbose=0,
        callbacks=_callbacks(tmp_path),
    )
    folds = model_selection.cross_validate(
        regressor, _X, _Y, cv=2, return_estimator=True, error_score="raise"
    )
    for estimator in folds["estimator"]:
        schedule = _model().optimizer._learning_rate
        rates = estimator.history_["learning_rate"]
        np.testing.assert_allclose(rates, schedule([1, 3, 5]))


def test_sonnet_optimizers_follow_a_live_rate():
    """They take a live number: `schedule.at`."""
    sonnet = pytest.importorskip("sonnet")
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    step = tf.Variable(0, dtype=tf.int64)
    optimizer = sonnet.optimizers.SGD(schedule.at(step))
    weight = tf.Variable(0.0)

    @tf.function
    def train():
        optimizer.apply([tf.constant(1.0)], [weight])
        step.assign_add(1)

    for _ in range(4):
        train()
    assert float(weight) == -sum(0.5**k for k in range(4))
