"""Keras's own ways to save a run keep the variables of a schedule.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules


def _model(peak):
    schedule = tf_schedules.CosineDecay(peak, 100)
    model = tf.keras.Sequential(
        [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
    )
    model.compile(tf.keras.optimizers.SGD(schedule), "mse")
    model.schedule_weights = tf_schedules.ScheduleWeights(schedule)
    return model, schedule


def test_weights_files(tmp_path):
    peak, again = tf.Variable(0.5), tf.Variable(0.1)
    model, _ = _model(peak)
    before = model.predict(np.ones([2, 1]), verbose=0)
    model.fit(np.ones([8, 1]), np.ones([8, 1]), batch_size=2, verbose=0)
    model.save_weights(tmp_path / "of.weights.h5")
    restored, schedule = _model(again)
    restored.optimizer.build(restored.trainable_variables)
    restored.load_weights(tmp_path / "of.weights.h5")
    assert float(again) == 0.5
    assert float(schedule(0)) == 0.5
    assert restored.optimizer.iterations.numpy() == 4
    assert np.any(restored.predict(np.ones([2, 1]), verbose=0) != before)


def test_without_it_they_are_forgotten(tmp_path):
    """What it is for; once Keras saves them this can go."""
    peak, again = tf.Variable(0.5), tf.Variable(0.1)
    model, _ = _model(peak)
    del model.schedule_weights
    model.save_weights(tmp_path / "of.weights.h5")
    restored, _ = _model(again)
    del restored.schedule_weights
    restored.load_weights(tmp_path / "of.weights.h5")
    assert float(again) == np.float32(0.1)


def test_another_number_of_variables_is_refused(tmp_path):
    model, _ = _model(tf.Variable(0.5))
    model.save_weights(tmp_path / "of.weights.h5")
    restored, _ = _model(0.5)
    with pytest.raises(ValueError, match="1 variables that were saved"):
        restored.load_weights(tmp_path / "of.weights.h5")
    with pytest.raises(TypeError, match="from_keras"):
        tf_schedules.ScheduleWeights(0.1)


class _Stop(Exception):  # noqa: N818
    pass


class _Retune(tf.keras.callbacks.Callback):
    def __init__(self, schedule, peak, stop_at=None):
        super().__init__()
        self.schedule, self.peak, self.stop_at = schedule, peak, stop_at
        self.rates = []

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.stop_at:
            raise _Stop
        if epoch == 1:
            self.peak.assign(0.25)

    def on_train_batch_begin(self, batch, logs=None):
        step = self.model.optimizer.iterations.numpy()
        self.rates.append((int(step), float(self.schedule(step))))


def test_backup_and_restore_by_epochs(tmp_path):
    """Interrupted after an epoch, it goes on with the rates of one run."""
    data = np.ones([8, 1]), np.ones([8, 1])

    def run(folder, stop_at=None):
        peak = tf.Variable(0.5)
        model, schedule = _model(peak)
        retune = _Retune(schedule, peak, stop_at)
        backup = tf.keras.callbacks.BackupAndRestore(
            str(tmp_path / folder), save_freq="epoch"
        )
        try:
            model.fit(
                *data,
                batch_size=2,
                epochs=4,
                verbose=0,
                callbacks=[backup, retune],
            )
        except _Stop:
            assert stop_at is not None
        return retune.rates

    want = run("whole")
    assert len(want) == 16
    assert run("parts", stop_at=2) + run("parts") == want
