"""The logger logs rates, and hyperparameters follow schedules.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import fit, model_and_data

import tf_schedules as tfs

keras = tf.keras


class _Logs(keras.callbacks.Callback):
    """The logs of every batch, as a callback sees them after the logger."""

    def __init__(self):
        super().__init__()
        self._supports_tf_logs = True
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(dict(logs))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_logger_logs_the_applied_rates(dtype, tmp_path, capsys):
    decay_rate = tf.Variable(0.5)
    schedule = tfs.Warmup(
        tfs.ExponentialDecay(tf.constant(0.5, dtype), 1, decay_rate), 1
    )
    model, data = model_and_data(keras.optimizers.SGD(schedule))
    logs = _Logs()
    logger = tfs.LearningRateLogger(tmp_path)
    rates, history = fit(model, data | {"verbose": 2}, logger, logs, epochs=2)
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
    """The values that TensorBoard reads, by name and step."""
    values = {}
    for path in folder.glob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                array = tf.make_ndarray(value.tensor)
                if array.dtype == "float32":  # skips the text of a model
                    by_step = values.setdefault(value.tag, {})
                    assert event.step not in by_step
                    by_step[event.step] = float(array)
    return values


@pytest.mark.parametrize(
    ("update_freq", "steps"),
    [
        ("epoch", [4, 8]),
        ("batch", [1, 2, 3, 4, 5, 6, 7, 8]),
        (1, [1, 2, 3, 4, 5, 6, 7, 8]),
        (3, [3, 4, 7, 8]),
        (100, [4, 8]),
    ],
)
def test_the_logger_writes_as_often_as_update_freq_says(
    update_freq, steps, tmp_path
):
    schedule = tfs.ExponentialDecay(0.5, 1, 0.5)
    model, data = model_and_data(keras.optimizers.SGD(schedule))
    logger = tfs.LearningRateLogger(tmp_path, update_freq=update_freq)
    fit(model, data, logger, epochs=2)
    want = {step: 0.5**step for step in steps}
    assert _summaries(tmp_path) == {"learning_rate": want}


def test_the_logger_writes_after_executions_of_several_steps(tmp_path):
    model, data = model_and_data(
        keras.optimizers.SGD(0.5), steps=8, steps_per_execution=2
    )
    fit(model, data, tfs.LearningRateLogger(tmp_path, update_freq=3))
    assert [*_summaries(tmp_path)["learning_rate"]] == [4, 8]


def test_the_logger_counts_the_batches_of_a_loop_without_epochs(tmp_path):
    model, _ = model_and_data(keras.optimizers.SGD(0.5), steps=1)
    model.optimizer.build(model.trainable_variables)
    logger = tfs.LearningRateLogger(tmp_path, update_freq=2)
    logger.set_model(model)
    for batch in range(5):
        model.optimizer.iterations.assign_add(1)
        logger.on_train_batch_end(batch)
    logger.on_epoch_end(0)
    assert [*_summaries(tmp_path)["learning_rate"]] == [2, 4, 5]


def test_bad_values_of_update_freq_are_refused():
    for wrong in ("never", 0, -1, 0.5, None, True):
        with pytest.raises((TypeError, ValueError), match="update_freq must"):
            tfs.LearningRateLogger(update_freq=wrong)


def test_the_variables_of_a_product_have_distinct_names():
    factors = [tf.Variable(0.5, name="same"), tf.Variable(0.25, name="same")]
    schedule = tfs.Product(
        [tfs.ExponentialDecay(1.0, 10, factor) for factor in factors]
    )
    model, data = model_and_data(keras.optimizers.SGD(schedule))
    _, history = fit(model, data, tfs.LearningRateLogger())
    for i, factor in enumerate(factors):
        name = f"hyperparameters/schedules/{i}/decay_rate"
        assert history[name] == [float(factor)]


def test_the_logger_feeds_tensorboard(tmp_path):
    schedule = tfs.ExponentialDecay(0.5, 1, tf.Variable(0.5))
    model, data = model_and_data(keras.optimizers.SGD(schedule))
    board = keras.callbacks.TensorBoard(str(tmp_path))
    fit(model, data, tfs.LearningRateLogger(), board)
    values = _summaries(tmp_path / "train")
    assert values["epoch_hyperparameters/decay_rate"] == {0: 0.5}
    assert "epoch_learning_rate" in values


def test_the_logger_logs_vectors_and_schedules_of_keras():
    steps = tfs.increasing([0.0, 4.0, 8.0])
    schedule = tfs.PiecewiseInterpolation(steps, [0.0, 1.0, 0.0])
    model, data = model_and_data(keras.optimizers.SGD(schedule))
    _, history = fit(model, data | {"verbose": 2}, tfs.LearningRateLogger())
    assert history["hyperparameters/steps/2"] == [pytest.approx(8.0)]
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    model, data = model_and_data(keras.optimizers.SGD(theirs))
    rates, history = fit(model, data, tfs.LearningRateLogger())
    assert history["learning_rate"] == [rates[-1]] == [0.125]


def test_optimizers_are_logged_before_their_first_update():
    optimizer = keras.optimizers.SGD(0.25)
    named = {"optimizer": optimizer, "other": keras.optimizers.SGD(0.5)}
    logs = {}
    tfs.LearningRateLogger(optimizers=named).on_epoch_end(0, logs)
    assert logs == {
        "learning_rate/optimizer": 0.25,
        "learning_rate/other": 0.5,
    }
    model, _ = model_and_data(optimizer)
    logger, logs = tfs.LearningRateLogger(), {}
    logger.set_model(model)
    logger.on_epoch_end(0, logs)
    assert logs == {"learning_rate": 0.25}


def test_the_logger_logs_a_rate_that_is_a_number():
    model, data = model_and_data(keras.optimizers.SGD(0.25))
    _, history = fit(model, data, tfs.LearningRateLogger())
    assert history["learning_rate"] == [0.25]


def test_without_a_folder_the_logger_writes_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, data = model_and_data(keras.optimizers.SGD(0.25))
    fit(model, data, tfs.LearningRateLogger())
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("compiled", [False, True])
def test_an_attribute_follows_a_schedule(compiled):
    optimizer = keras.optimizers.SGD(1.0, weight_decay=0.5)
    model, data = model_and_data(optimizer, jit_compile=compiled)
    model.set_weights([np.float32(1.0)])
    fit(model, data)  # compiles with the number as a constant
    model.set_weights([np.float32(64.0)])
    # The gradient is 1, and the decay takes 1/2, 1/4 ... of the weight.
    follow = tfs.ScheduleHyperparameter(
        "weight_decay", tfs.Shifted(tfs.ExponentialDecay(0.5, 1, 0.5), 4)
    )
    fit(model, data, follow)
    want = 64.0
    for k in range(4):
        want = want * (1 - 0.5 ** (k + 1)) - 1
    assert float(model.get_weights()[0]) == pytest.approx(want, rel=1e-5)
    assert optimizer.weight_decay == 0.5**5
    assert type(optimizer.weight_decay) is float
    # After training it is a constant again, in compiled code too.
    fit(model, data)
    for _ in range(4):
        want = want * (1 - 0.5**5) - 1
    assert float(model.get_weights()[0]) == pytest.approx(want, rel=1e-5)


def test_momentum_follows_a_schedule():
    optimizer = keras.optimizers.SGD(1.0, momentum=0.5)
    model, data = model_and_data(optimizer)
    follow = tfs.ScheduleHyperparameter(
        "momentum", tfs.PiecewiseConstantDecay([1], [0.0, 1.0])
    )
    rates, _ = fit(model, data, follow)
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
def test_numbers_that_optimizers_compare_follow_a_schedule(optimizer, name):
    optimizer = getattr(keras.optimizers, optimizer)(1.0, **{name: 0.5})
    model, data = model_and_data(optimizer)
    follow = tfs.ScheduleHyperparameter(name, tfs.ExponentialDecay(0.5, 1, 0.5))
    rates, _ = fit(model, data, follow)
    assert getattr(optimizer, name) == 0.5**5
    if "clip" in name:
        np.testing.assert_allclose(rates, [0.5, 0.25, 0.125, 0.0625])


def test_the_number_is_restored_after_an_interruption():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise KeyboardInterrupt

    optimizer = keras.optimizers.SGD(1.0, weight_decay=0.5)
    model, data = model_and_data(optimizer)
    follow = tfs.ScheduleHyperparameter("weight_decay", 0.25)
    with pytest.raises(KeyboardInterrupt):
        model.fit(**data, callbacks=[follow, Stop()])
    fit(model, data, follow)
    assert optimizer.weight_decay == 0.25


@pytest.mark.parametrize(
    "make", [np.float32, np.asarray, tf.constant], ids=lambda f: f.__name__
)
def test_the_target_may_be_a_scalar_of_numpy_or_tensorflow(make):
    optimizer = keras.optimizers.SGD(1.0, momentum=0.5)
    model, data = model_and_data(optimizer)
    optimizer.momentum = make(0.5)
    follow = tfs.ScheduleHyperparameter(
        "momentum", tfs.PiecewiseConstantDecay([1], [0.0, 1.0])
    )
    rates, _ = fit(model, data, follow)
    assert rates.tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_variable_follows_a_schedule(dtype):
    temperature = tf.Variable(9.0, dtype=dtype)
    model, data = model_and_data(keras.optimizers.SGD(1.0))
    fit(
        model,
        data,
        tfs.ScheduleHyperparameter(
            temperature, tfs.ExponentialDecay(1.0, 1, 0.5)
        ),
    )
    assert float(temperature) == 0.5**3


def test_targets_that_cannot_follow_a_schedule_are_refused():
    model, data = model_and_data(keras.optimizers.SGD(1.0))
    with pytest.raises(ValueError, match="target must be an attribute of SGD"):
        fit(model, data, tfs.ScheduleHyperparameter("beta_1", 0.5))
    with pytest.raises(ValueError, match="that is a number; got 'nesterov'"):
        fit(model, data, tfs.ScheduleHyperparameter("nesterov", 0.5))
    assert model.optimizer.nesterov is False
    with pytest.raises(ValueError, match="target must not be a momentum of 0"):
        fit(model, data, tfs.ScheduleHyperparameter("momentum", 0.5))
    with pytest.raises(TypeError, match="target must be the name of"):
        tfs.ScheduleHyperparameter(0.5, 0.5)
