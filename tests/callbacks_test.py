"""Schedules at run time: callbacks, and what Keras does around an optimizer.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs

keras = tf.keras
_IS_LEGACY = "tf_keras" in keras.Model.__module__


class _Count(keras.layers.Layer):
    """One weight whose gradient is 1, so that SGD subtracts the rate."""

    def build(self, shape):
        self.w = self.add_weight(shape=(), initializer="zeros", name="w")

    def call(self, inputs):
        return inputs * self.w


def _model(optimizer, steps=4, **options):
    """A model, and the data of an epoch of so many steps."""
    model = keras.Sequential([keras.layers.Input([1]), _Count()])
    model.compile(optimizer, lambda _, y: tf.reduce_mean(y), **options)
    ones = np.ones([steps, 1], "float32")
    return model, {"x": ones, "y": ones, "batch_size": 1, "verbose": 0}


class _Weights(keras.callbacks.Callback):
    """The rates that were applied: what every batch took off the weight."""

    def __init__(self):
        super().__init__()
        self.seen = [0.0]

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(-float(self.model.get_weights()[0]))

    @property
    def rates(self):
        return np.diff(self.seen)


def _fit(model, data, *callbacks, epochs=1):
    applied = _Weights()
    history = model.fit(**data, epochs=epochs, callbacks=[*callbacks, applied])
    return applied.rates, history.history


class _Logs(keras.callbacks.Callback):
    """The logs of every batch, as a callback after the logger sees them."""

    def __init__(self):
        super().__init__()
        self._supports_tf_logs = True
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(dict(logs))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_logger_logs_what_was_applied(dtype, tmp_path, capsys):
    decay_rate = tf.Variable(0.5)
    schedule = tfs.Warmup(
        tfs.ExponentialDecay(tf.constant(0.5, dtype), 1, decay_rate), 1
    )
    model, data = _model(keras.optimizers.SGD(schedule))
    logs = _Logs()
    logger = tfs.LearningRateLogger(tmp_path)
    rates, history = _fit(model, data | {"verbose": 2}, logger, logs, epochs=2)
    np.testing.assert_allclose(rates, [0] + [0.5**k for k in range(1, 8)])
    logged = [batch["learning_rate"] for batch in logs.batches]
    np.testing.assert_allclose(logged, rates)
    assert history["learning_rate"] == [rates[3], rates[7]]
    name = "hyperparameters/schedule/decay_rate"
    assert history[name] == [0.5, 0.5]
    assert "learning_rate: " in capsys.readouterr().out
    values = _summaries(tmp_path)
    assert values["learning_rate"] == {4: rates[3], 8: rates[7]}
    assert values[name] == {4: 0.5, 8: 0.5}


def _summaries(folder):
    """What TensorBoard reads: the value at each step, by name."""
    values = {}
    for path in folder.glob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                array = tf.make_ndarray(value.tensor)
                if array.dtype == "float32":  # not the text of a model
                    values.setdefault(value.tag, {})[event.step] = float(array)
    return values


def test_the_logger_feeds_tensorboard(tmp_path):
    schedule = tfs.ExponentialDecay(0.5, 1, tf.Variable(0.5))
    model, data = _model(keras.optimizers.SGD(schedule))
    board = keras.callbacks.TensorBoard(str(tmp_path))
    _fit(model, data, tfs.LearningRateLogger(), board)
    values = _summaries(tmp_path / "train")
    assert values["epoch_hyperparameters/decay_rate"] == {0: 0.5}
    assert "epoch_learning_rate" in values


def test_the_logger_logs_vectors_and_schedules_of_keras():
    steps = tfs.increasing([0.0, 4.0, 8.0])
    schedule = tfs.PiecewiseInterpolation(steps, [0.0, 1.0, 0.0])
    model, data = _model(keras.optimizers.SGD(schedule))
    _, history = _fit(model, data | {"verbose": 2}, tfs.LearningRateLogger())
    assert history["hyperparameters/steps/2"] == [pytest.approx(8.0)]
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    model, data = _model(keras.optimizers.SGD(theirs))
    rates, history = _fit(model, data, tfs.LearningRateLogger())
    assert history["learning_rate"] == [rates[-1]] == [0.125]


def test_the_logger_without_a_schedule():
    model, data = _model(keras.optimizers.SGD(0.25))
    _, history = _fit(model, data, tfs.LearningRateLogger())
    assert history["learning_rate"] == [0.25]


@pytest.mark.parametrize("compiled", [False, True])
def test_an_attribute_follows_a_schedule(compiled):
    optimizer = keras.optimizers.SGD(1.0, weight_decay=0.5)
    model, data = _model(optimizer, jit_compile=compiled)
    model.set_weights([np.float32(1.0)])
    _fit(model, data)  # compiled before, with the number as a constant
    model.set_weights([np.float32(64.0)])
    # The gradient is 1, and of the weight a part of 1/2, 1/4 ... is taken.
    follow = tfs.ScheduleHyperparameter(
        "weight_decay", tfs.Shifted(tfs.ExponentialDecay(0.5, 1, 0.5), 4)
    )
    _fit(model, data, follow)
    want = 64.0
    for k in range(4):
        want = want * (1 - 0.5 ** (k + 1)) - 1
    assert float(model.get_weights()[0]) == pytest.approx(want, rel=1e-5)
    assert optimizer.weight_decay == 0.5**5
    assert type(optimizer.weight_decay) is float
    # Afterwards it is a constant again, in compiled code too.
    _fit(model, data)
    for _ in range(4):
        want = want * (1 - 0.5**5) - 1
    assert float(model.get_weights()[0]) == pytest.approx(want, rel=1e-5)


def test_momentum_follows_a_schedule():
    optimizer = keras.optimizers.SGD(1.0, momentum=0.5)
    model, data = _model(optimizer)
    follow = tfs.ScheduleHyperparameter(
        "momentum", tfs.PiecewiseConstantDecay([1], [0.0, 1.0])
    )
    rates, _ = _fit(model, data, follow)
    assert rates.tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [
        ("SGD", "clipnorm"),
        ("SGD", "clipvalue"),
        ("SGD", "global_clipnorm"),
        ("RMSprop", "momentum"),
        ("Adam", "beta_1"),
    ],
)
def test_numbers_that_optimizers_compare(optimizer, name):
    optimizer = getattr(keras.optimizers, optimizer)(1.0, **{name: 0.5})
    model, data = _model(optimizer)
    follow = tfs.ScheduleHyperparameter(name, tfs.ExponentialDecay(0.5, 1, 0.5))
    rates, _ = _fit(model, data, follow)
    assert getattr(optimizer, name) == 0.5**5
    if "clip" in name:
        np.testing.assert_allclose(rates, [0.5, 0.25, 0.125, 0.0625])


def test_after_an_interruption_the_number_is_there_again():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise KeyboardInterrupt

    optimizer = keras.optimizers.SGD(1.0, weight_decay=0.5)
    model, data = _model(optimizer)
    follow = tfs.ScheduleHyperparameter("weight_decay", 0.25)
    with pytest.raises(KeyboardInterrupt):
        model.fit(**data, callbacks=[follow, Stop()])
    _fit(model, data, follow)
    assert optimizer.weight_decay == 0.25


def test_a_variable_follows_a_schedule():
    temperature = tf.Variable(9.0)
    model, data = _model(keras.optimizers.SGD(1.0))
    _fit(
        model,
        data,
        tfs.ScheduleHyperparameter(
            temperature, tfs.ExponentialDecay(1.0, 1, 0.5)
        ),
    )
    assert float(temperature) == 0.5**3


def test_what_cannot_follow_a_schedule():
    model, data = _model(keras.optimizers.SGD(1.0))
    with pytest.raises(ValueError, match="target must be an attribute of SGD"):
        _fit(model, data, tfs.ScheduleHyperparameter("beta_1", 0.5))
    with pytest.raises(ValueError, match="target must not be a momentum of 0"):
        _fit(model, data, tfs.ScheduleHyperparameter("momentum", 0.5))
    with pytest.raises(TypeError, match="target must be the name of"):
        tfs.ScheduleHyperparameter(0.5, 0.5)


def _plateau(schedule, **options):
    """A model that does not improve, and the callback that notices."""
    model, data = _model(keras.optimizers.SGD(schedule), steps=2)
    model.compile(model.optimizer, lambda _, y: 0.0 * tf.reduce_mean(y))
    return model, data, tfs.ReduceOnPlateau("loss", 0.5, **options)


def test_a_plateau_lowers_the_rate():
    schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 4, 0.5))
    model, data, callback = _plateau(schedule, patience=2, min_lr=0.02)
    _, history = _fit(model, data, callback, tfs.LearningRateLogger(), epochs=9)
    # The first epoch sets the mark; the third and the fifth reduce ...
    assert schedule.edits.rows()[:2] == [(6, 0.5), (10, 0.25)]
    # ... until an edit would begin below the lowest rate, which ends it.
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


def test_a_plateau_with_cooldown_and_a_full_table():
    schedule = tfs.Adjustable(1.0, capacity=2)
    model, data, callback = _plateau(schedule, patience=1, cooldown=2)
    with pytest.warns(UserWarning, match="larger capacity"):
        _fit(model, data, callback, epochs=8)
    assert schedule.edits.rows() == [(4, 0.5), (8, 0.25)]


def test_a_run_that_is_resumed_meets_the_same_plateaus(tmp_path):
    def run(epochs, folder, resume=False):
        schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 100, 0.5))
        model, data, callback = _plateau(schedule, patience=3)
        checkpoint = tf.train.Checkpoint(
            optimizer=model.optimizer, plateau=callback.state
        )
        if resume:
            model.optimizer.build(model.trainable_variables)
            checkpoint.read(str(folder / "c")).assert_existing_objects_matched()
        _fit(model, data, callback, epochs=epochs)
        checkpoint.write(str(folder / "c"))
        return schedule

    whole = run(9, tmp_path / "whole")
    run(5, tmp_path / "parts")
    parts = run(4, tmp_path / "parts", resume=True)
    assert len(whole.edits.rows()) == 2
    assert parts.edits.rows() == whole.edits.rows()


def test_a_plateau_needs_an_adjustable_schedule():
    model, data, callback = _plateau(tfs.ExponentialDecay(1.0, 4, 0.5))
    with pytest.raises(TypeError, match="must be an Adjustable; got Exp"):
        _fit(model, data, callback)
    with pytest.raises(ValueError, match="factor must be from 0 to below 1"):
        tfs.ReduceOnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="there is no val_loss in the logs"):
        tfs.ReduceOnPlateau().on_epoch_end(0, {"loss": 1.0})


@pytest.mark.skipif(_IS_LEGACY, reason="tf_keras does not accumulate gradients")
def test_the_rate_follows_updates_with_accumulated_gradients():
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    optimizer = keras.optimizers.SGD(
        tfs.TimeScaled(schedule, 3, staircase=True),
        gradient_accumulation_steps=3,
    )
    model, data = _model(optimizer, steps=12)
    rates, history = _fit(model, data, tfs.LearningRateLogger())
    np.testing.assert_allclose(
        rates, [0, 0, 1, 0, 0, 0.5, 0, 0, 0.25, 0, 0, 0.125]
    )
    assert history["learning_rate"] == [0.125]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("executions", [1, 2])
def test_assigning_while_fit_runs(compiled, executions):
    """No trace more, however Keras runs its steps."""
    rate = tf.Variable(1.0)
    schedule = tfs.ExponentialDecay(rate, 1, 0.5)
    traces = []
    formula = tfs.ExponentialDecay._formula

    def counted(self, step, **values):
        traces.append(step)
        return formula(self, step, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfs.ExponentialDecay, "_formula", counted)
        model, data = _model(
            keras.optimizers.SGD(schedule),
            jit_compile=compiled,
            steps_per_execution=executions,
        )
        _fit(model, data)
        before = len(traces)
        rate.assign(64.0)
        start = float(model.get_weights()[0])
        _fit(model, data)
        assert len(traces) == before > 0
    moved = start - float(model.get_weights()[0])
    assert moved == sum(64.0 * 0.5**k for k in range(4, 8))


def test_loss_scaling_averaging_and_two_optimizers():
    schedule = tfs.ExponentialDecay(tf.Variable(1.0), 1, 0.5)
    scaled = keras.optimizers.SGD(schedule)
    if _IS_LEGACY:
        scaled = keras.mixed_precision.LossScaleOptimizer(
            scaled, dynamic=False, initial_scale=8.0
        )
    else:
        scaled = keras.optimizers.LossScaleOptimizer(scaled, initial_scale=8.0)
    model, data = _model(scaled)
    rates, history = _fit(model, data, tfs.LearningRateLogger())
    np.testing.assert_allclose(rates, [1, 0.5, 0.25, 0.125])
    assert history["learning_rate"] == [0.125]

    averaged = keras.optimizers.SGD(schedule, use_ema=True, ema_momentum=0.5)
    model, data = _model(averaged)
    rates, _ = _fit(model, data)  # of the same schedule, from step 0
    np.testing.assert_allclose(rates[:3], [1, 0.5, 0.25])


def test_a_loaded_model_goes_on_with_another_schedule(tmp_path):
    """Until step 4 the old one, then the new one from its own beginning."""
    old = tfs.ExponentialDecay(1.0, 1, 0.5)
    model, data = _model(keras.optimizers.SGD(old, momentum=0.5))
    _fit(model, data)
    path = str(tmp_path / "model.keras")
    model.compile(model.optimizer, "mse")
    model.save(path)

    objects = {"_Count": _Count}
    loaded = keras.models.load_model(path, custom_objects=objects)
    step = int(loaded.optimizer.iterations)
    assert step == 4
    # As high at its start as the old one is there.
    new = tfs.CosineDecay(1.0, 8) * float(old(step))
    config = loaded.optimizer.get_config()
    config["learning_rate"] = keras.optimizers.schedules.serialize(
        tfs.Sequence([old, new], [step])
    )
    optimizer = type(loaded.optimizer).from_config(config)
    optimizer.build(loaded.trainable_variables)
    state = loaded.optimizer.variables
    for variable, value in zip(optimizer.variables, state, strict=True):
        variable.assign(value)
    loaded.compile(optimizer, "mse")

    applied = optimizer._learning_rate
    assert int(optimizer.iterations) == 4
    assert float(applied(3)) == float(old(3))
    assert float(applied(4)) == float(old(4))
    assert float(applied(8)) == pytest.approx(0.5**5)
    momentum = [float(tf.reduce_sum(v)) for v in optimizer.variables[1:]]
    assert any(momentum)
