"""ReduceOnPlateau lowers the rate when a metric stops improving.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import inspect

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import fit, model_and_data

import tf_schedules as tfs

keras = tf.keras


def _plateau(schedule, **options):
    """A model that does not improve, and the callback that notices."""
    model, data = model_and_data(keras.optimizers.SGD(schedule), steps=2)
    model.compile(model.optimizer, lambda _, y: 0.0 * tf.reduce_mean(y))
    return model, data, tfs.ReduceOnPlateau("loss", 0.5, **options)


def test_a_plateau_lowers_the_rate():
    schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 4, 0.5))
    model, data, callback = _plateau(schedule, patience=2, min_lr=0.02)
    _, history = fit(model, data, callback, tfs.LearningRateLogger(), epochs=9)
    # The first epoch sets the best value; the third and the fifth reduce ...
    assert schedule.edits.rows()[:2] == [(6, 0.5), (10, 0.25)]
    # ... until the rate is at its minimum, which ends the reductions.
    (step, factor) = schedule.edits.rows()[-1]
    assert len(schedule.edits.rows()) == 3
    assert float(schedule(step)) == pytest.approx(0.02)
    inner = np.array([0.5 ** (s / 4) for s in range(19)])
    factors = np.select(
        [np.arange(19) < s for s in (6, 10, step)], [1, 0.5, 0.25], factor
    )
    np.testing.assert_allclose(
        schedule(np.arange(19)), inner * factors, rtol=1e-6
    )
    applied = history["learning_rate"]
    assert applied == [float(schedule(s)) for s in range(1, 19, 2)]


@pytest.mark.filterwarnings("error")
def test_a_plateau_may_begin_in_the_middle_of_a_run():
    model, data, callback = _plateau(tfs.Adjustable(1.0), patience=2)
    fit(model, data, epochs=2)
    fit(model, data, callback, epochs=3)
    assert model.optimizer._learning_rate.edits.rows() == [(10, 0.5)]


def test_the_plateau_waits_for_a_cooldown_and_warns_of_a_full_table():
    schedule = tfs.Adjustable(1.0, capacity=2)
    model, data, callback = _plateau(schedule, patience=1, cooldown=2)
    with pytest.warns(UserWarning, match="larger capacity"):
        fit(model, data, callback, epochs=8)
    assert schedule.edits.rows() == [(4, 0.5), (8, 0.25)]


def test_a_resumed_run_has_the_same_reductions(tmp_path):
    def run(epochs, folder, resume=False):
        schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 100, 0.5))
        model, data, callback = _plateau(schedule, patience=3)
        checkpoint = tf.train.Checkpoint(
            optimizer=model.optimizer, plateau=callback.state
        )
        if resume:
            model.optimizer.build(model.trainable_variables)
            checkpoint.read(str(folder / "c")).assert_existing_objects_matched()
        fit(model, data, callback, epochs=epochs)
        checkpoint.write(str(folder / "c"))
        return schedule

    whole = run(9, tmp_path / "whole")
    run(5, tmp_path / "parts")
    parts = run(4, tmp_path / "parts", resume=True)
    assert len(whole.edits.rows()) == 2
    assert parts.edits.rows() == whole.edits.rows()


def test_the_arguments_match_those_of_keras_in_order(capsys):
    ours = inspect.signature(tfs.ReduceOnPlateau).parameters
    theirs = inspect.signature(keras.callbacks.ReduceLROnPlateau).parameters
    defaults = [(name, p.default) for name, p in ours.items()]
    assert defaults[:-1] == [
        (name, p.default) for name, p in theirs.items() if name != "kwargs"
    ]
    schedule = tfs.Adjustable(0.5)
    model, data, _ = _plateau(schedule)
    callback = tfs.ReduceOnPlateau("loss", 0.5, 2, 1, "min", 0.0, 0, 0.2)
    fit(model, data, callback, epochs=7)
    lines = [x for x in capsys.readouterr().out.splitlines() if "Redu" in x]
    text = "Epoch {}: ReduceOnPlateau reducing learning rate to {}."
    assert lines == [text.format(3, 0.25), text.format(5, 0.2)]
    for wrong in ({"verbose": "loud"}, {"verbose": -1}):
        with pytest.raises((TypeError, ValueError), match="verbose must be"):
            tfs.ReduceOnPlateau(**wrong)


_VALUES = [0.5, 1.0, 1.0, 1.5, 1.25]
_RISES, _FALLS = [0, 0, 1, 0, 1], [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("monitor", "mode", "waits"),
    [
        ("loss", "auto", _FALLS),
        ("val_acc", "auto", _RISES),
        ("val_AUC", "auto", _RISES),
        ("loss", "max", _RISES),
        ("val_acc", "min", _FALLS),
    ],
)
def test_only_an_improvement_resets_the_wait(monitor, mode, waits):
    optimizer = keras.optimizers.SGD(tfs.Adjustable(1.0))
    callback = tfs.ReduceOnPlateau(
        monitor, mode=mode, optimizers={"only": optimizer}
    )
    seen = []
    for epoch, value in enumerate(_VALUES):
        callback.on_epoch_end(epoch, {monitor: value})
        seen.append(int(callback.state.wait))
    assert seen == waits
    assert not callback.state.trainable_variables
    assert callback.state.best == (0.5 if waits is _FALLS else 1.5)


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 0},
        {"patience": 1, "cooldown": 1},
        {"patience": 2, "cooldown": 3},
        {"patience": 1, "min_delta": 0.25},
        {"patience": 1, "min_delta": 0.0, "min_lr": 0.125},
        {"patience": 3, "mode": "max", "min_lr": 0.1},
        {"patience": 2, "mode": "max", "min_delta": 0.25},
    ],
)
def test_every_epoch_has_the_rate_of_keras(options):
    options = {"monitor": "loss", "factor": 0.5} | options
    model, _ = model_and_data(keras.optimizers.SGD(1.0))
    theirs = keras.callbacks.ReduceLROnPlateau(**options)
    theirs.set_model(model)
    theirs.on_train_begin()
    schedule = tfs.Adjustable(1.0, capacity=32)
    named = {"only": keras.optimizers.SGD(schedule)}
    ours = tfs.ReduceOnPlateau(**options, optimizers=named)
    values = [1.0, 0.75, *[0.5] * 7, 0.25, 1.0]
    values += [*[0.25] * 4, 1.25, *[0.25] * 4]
    for epoch, value in enumerate(values):
        theirs.on_epoch_end(epoch, {"loss": value})
        ours.on_epoch_end(epoch, {"loss": value})
        want = float(model.optimizer.learning_rate)
        assert float(schedule(0)) == pytest.approx(want), epoch
    assert want < 1.0


def test_edits_are_refused_only_at_future_steps():
    for step in (0, 1):
        schedule = tfs.Adjustable(1.0, edits=[(step, 0.5)])
        named = {"only": keras.optimizers.SGD(schedule)}
        callback = tfs.ReduceOnPlateau("loss", optimizers=named)
        if step == 0:
            callback.on_epoch_begin(0)
            continue
        with pytest.raises(
            ValueError, match=r"one at step 1 when .* at step 0"
        ):
            callback.on_epoch_begin(0)


def test_no_reduction_is_reported_that_a_full_table_prevents(capsys):
    named = {"only": keras.optimizers.SGD(tfs.Adjustable(1.0, capacity=1))}
    options = {"patience": 0, "cooldown": 3, "optimizers": named}
    callback = tfs.ReduceOnPlateau("loss", verbose=1, **options)
    fresh = [np.inf, 0, 0, 0]
    assert callback.state.values() == fresh
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_epoch_end(1, {"loss": 1.0})
    assert "Epoch 2: " in capsys.readouterr().out
    callback.state.reset()
    assert callback.state.values() == fresh
    callback.on_epoch_end(2, {"loss": 1.0})
    with pytest.warns(UserWarning, match="has the 1 edits that it can hold"):
        callback.on_epoch_end(3, {"loss": 1.0})
    assert not capsys.readouterr().out
    assert callback.state.cooldown == 0
    assert callback.state.wait == 1


@pytest.mark.parametrize("verbose", [0, 1, 2, True, False])
def test_reductions_are_printed_if_verbose(verbose, capsys):
    named = {"only": keras.optimizers.SGD(tfs.Adjustable(1.0))}
    options = {"patience": 0, "verbose": verbose, "optimizers": named}
    callback = tfs.ReduceOnPlateau("loss", **options)
    for epoch in range(2):
        callback.on_epoch_end(epoch, {"loss": 1.0})
    assert ("Epoch 2: " in capsys.readouterr().out) == bool(verbose)


def test_a_plateau_needs_an_adjustable_schedule():
    model, data, callback = _plateau(tfs.ExponentialDecay(1.0, 4, 0.5))
    with pytest.raises(TypeError, match="must be an Adjustable; got Exp"):
        fit(model, data, callback)
    with pytest.raises(ValueError, match="factor must be from 0 to below 1"):
        tfs.ReduceOnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="there is no val_loss in the logs"):
        tfs.ReduceOnPlateau().on_epoch_end(0, {"loss": 1.0})


def test_whole_floats_count_epochs():
    """As R and YAML write them."""
    callback = tfs.ReduceOnPlateau(patience=5.0, cooldown=2.0)
    assert (callback._patience, callback._cooldown) == (5, 2)
    assert type(callback._cooldown) is int
