"""The plateau starts afresh in every `fit`, except in a restored run.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import contextlib
import functools
import warnings

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import AppliedRates, fit, model_and_data

import tf_schedules as tfs

keras = tf.keras
# One value per epoch: reductions, a cooldown, an improvement while waiting.
_METRIC = [9, 8, 8, 8, 8, 8, 7, 7, 7, 7.5, 7, 6, 6, 6, 6, 6]
_OPTIONS = {"factor": 0.5, "patience": 2, "cooldown": 1, "min_lr": 0.01}


class _Metric(keras.callbacks.Callback):
    """Adds the epoch's metric to the logs; can stop like a preemption."""

    def __init__(self, values=_METRIC, stop_before=None):
        super().__init__()
        self._supports_tf_logs = True
        self._values, self._stop_before = values, stop_before

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self._stop_before:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        logs["metric"] = float(self._values[epoch])


def _run(rate=1.0):
    schedule = tfs.Adjustable(tfs.ExponentialDecay(rate, 100, 0.5))
    model, data = model_and_data(keras.optimizers.SGD(schedule), steps=2)
    callback = tfs.ReduceOnPlateau("metric", **_OPTIONS)
    # Keras's own backups and weights files then include these.
    model.schedule_weights = tfs.ScheduleWeights(schedule)
    model.plateau = tfs.ScheduleWeights(callback.state)
    return model, data, callback


def _edits(model):
    return model.optimizer._learning_rate.edits.rows()


def _state(callback):
    return [v.numpy().item() for v in callback.state.variables]


@functools.cache
def _whole():
    model, data, callback = _run()
    rates, _ = fit(model, data, _Metric(), callback, epochs=len(_METRIC))
    assert len(_edits(model)) == 6
    return rates, _edits(model), _state(callback)


@pytest.mark.parametrize("cut", [4, 8])
@pytest.mark.parametrize("way", ["checkpoint", "first", "last", "weights"])
def test_a_restored_run_equals_an_unbroken_run(way, cut, tmp_path):
    """The break comes right after a reduction, or while the plateau waits."""
    want, edits, state = _whole()
    seen = []
    for epochs, stop in ((cut, cut), (len(_METRIC), None)):
        model, data, callback = _run()
        start, callbacks = 0, [_Metric(stop_before=stop), callback]
        path = str(tmp_path / "run.weights.h5")
        checkpoint = tf.train.Checkpoint(
            model=model, optimizer=model.optimizer, plateau=callback.state
        )
        backup = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
        if way in ("first", "last"):
            # It may restore before or after our on_train_begin, but must
            # save after ours.
            callbacks.append(backup)
            epochs = len(_METRIC)
            if way == "first":
                callbacks = [_RestoresOnly(backup), *callbacks[:2]]
                callbacks.append(_SavesOnly(backup))
        elif stop is None:
            start = cut
            model.optimizer.build(model.trainable_variables)
            if way == "checkpoint":
                status = checkpoint.read(path)
                status.assert_existing_objects_matched()
            else:
                model.load_weights(path)
        applied = AppliedRates()
        with (
            warnings.catch_warnings(),
            contextlib.suppress(KeyboardInterrupt),
        ):
            warnings.simplefilter("error", UserWarning)
            model.fit(
                **data,
                epochs=epochs,
                initial_epoch=start,
                callbacks=[*callbacks, applied],
            )
        seen += applied.seen[1:]
        if way == "checkpoint":
            checkpoint.write(path)
        elif way == "weights":
            model.save_weights(path)
    np.testing.assert_array_equal(np.diff([0.0, *seen]), want)
    assert _edits(model) == edits
    assert _state(callback) == state


class _Part(keras.callbacks.Callback):
    def __init__(self, whole):
        super().__init__()
        self._whole = whole

    def set_model(self, model):
        super().set_model(model)
        self._whole.set_model(model)


class _RestoresOnly(_Part):
    def on_train_begin(self, logs=None):
        self._whole.on_train_begin(logs)


class _SavesOnly(_Part):
    def on_epoch_begin(self, epoch, logs=None):
        self._whole.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._whole.on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        self._whole.on_train_end(logs)


def test_each_fold_starts_afresh():
    """One callback serves several models whose loss falls."""
    callback = tfs.ReduceOnPlateau("metric", **_OPTIONS)
    falling = np.linspace(100.0, 90.0, 8)
    for values, cuts in ((_METRIC, 2), (falling, 0), (_METRIC, 2)):
        model, data, _ = _run()
        fit(model, data, _Metric(values), callback, epochs=8)
        assert len(_edits(model)) == cuts


def test_a_second_fit_starts_afresh_as_in_keras():
    """The model is the same, and the optimizer keeps its step."""
    options = {"monitor": "metric", "mode": "min"} | _OPTIONS
    theirs = keras.callbacks.ReduceLROnPlateau(**options)
    number, data = model_and_data(keras.optimizers.SGD(0.5), steps=2)
    schedule = tfs.Adjustable(0.5)
    model, data = model_and_data(keras.optimizers.SGD(schedule), steps=2)
    ours = tfs.ReduceOnPlateau(**options)
    for values in (_METRIC, _METRIC[5:] + _METRIC[:5], _METRIC):
        want, _ = fit(number, data, _Metric(values), theirs, epochs=9)
        got, _ = fit(model, data, _Metric(values), ours, epochs=9)
        np.testing.assert_allclose(got, want, rtol=1e-5)
    assert len(schedule.edits.rows()) > 5


def test_a_checkpoint_can_be_restored_in_the_same_process(tmp_path):
    """It applies to one fit: the next one starts afresh."""
    model, data, callback = _run()
    checkpoint = tf.train.Checkpoint(
        optimizer=model.optimizer, plateau=callback.state
    )
    fit(model, data, _Metric(), callback, epochs=4)
    edits = _edits(model)
    path = checkpoint.write(str(tmp_path / "c"))
    for again in (True, False):
        if again:
            checkpoint.read(path)
        fit(model, data, _Metric([8.5]), callback)
        assert callback.state.best == (8 if again else 8.5)
        assert callback.state.wait == (1 if again else 0)
        assert _edits(model) == edits


def test_the_state_of_another_run_is_dropped_with_a_warning(tmp_path):
    model, data, callback = _run()
    fit(model, data, _Metric(), callback, epochs=3)
    path = tf.train.Checkpoint(plateau=callback.state).write(
        str(tmp_path / "c")
    )
    fresh, data, callback = _run()
    tf.train.Checkpoint(plateau=callback.state).read(path)
    with pytest.warns(UserWarning, match="is of step 6, and the .* is 0"):
        fit(fresh, data, _Metric([20.0]), callback)
    assert callback.state.best == 20


def test_a_backup_listed_before_the_plateau_warns(tmp_path):
    """It saves before the plateau has counted the epoch that ends."""
    for stop in (3, None):
        model, data, callback = _run()
        backup = keras.callbacks.BackupAndRestore(str(tmp_path))
        callbacks = [_Metric(stop_before=stop), backup, callback]
        with contextlib.ExitStack() as stack:
            if stop is None:
                match = "list ReduceOnPlateau before callbacks that save"
                stack.enter_context(pytest.warns(UserWarning, match=match))
            else:
                stack.enter_context(contextlib.suppress(KeyboardInterrupt))
            model.fit(**data, epochs=5, callbacks=callbacks)


def test_a_schedule_with_edits_of_an_earlier_run_is_refused():
    model, data, callback = _run()
    fit(model, data, _Metric(), callback, epochs=4)
    schedule = model.optimizer._learning_rate
    fresh, data = model_and_data(keras.optimizers.SGD(schedule))
    with pytest.raises(ValueError, match="Make a new Adjustable for each"):
        fit(fresh, data, _Metric(), callback)


def test_the_state_is_not_among_the_model_weights():
    """Callbacks such as EarlyStopping restore those weights."""
    model, _, _ = _run()
    assert len(model.get_weights()) == 1


def test_a_model_that_holds_a_state_can_be_saved(tmp_path):
    model, data, callback = _run()
    fit(model, data, _Metric(), callback, epochs=3)
    layer = tfs.ScheduleWeights.from_config(model.plateau.get_config())
    assert layer.name == model.plateau.name
    tf.saved_model.save(model, str(tmp_path / "saved"))
    model.compile(model.optimizer, "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(
        tmp_path / "model.keras",
        custom_objects={
            type(model.layers[-1]).__name__: type(model.layers[-1])
        },
    )
    assert loaded.optimizer._learning_rate.edits.rows() == _edits(model)
