"""The callbacks find every optimizer of a model.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf
from marks import needs_multi_optimizer

import tf_schedules as tfs
from tf_schedules.keras.optimizers import optimizers_of

keras = tf.keras
_ONES = np.ones([4, 1], "float32")
_DATA = {"x": _ONES, "y": _ONES, "batch_size": 1, "verbose": 0}


class _Pair(keras.Model):
    """Trains two weights with two optimizers, one of them every other step."""

    def __init__(self):
        super().__init__()
        self.one, self.two = (
            self.add_weight(name=n, shape=(), initializer="zeros")
            for n in ("one", "two")
        )

    def call(self, inputs):
        return inputs

    def train_step(self, data):
        pairs = [(self.first, self.one), *[(self.second, self.two)] * 2]
        return _training(*pairs)(data)


def _training(*pairs):
    """A training step of several optimizers, each with one weight."""

    def train_step(data):
        for optimizer, weight in pairs:
            optimizer.apply_gradients([(tf.constant(1.0), weight)])
        return {"loss": tf.constant(1.0)}

    return train_step


def _decays(rate=0.5, wrapped=lambda schedule: schedule):
    return wrapped(tfs.ExponentialDecay(rate, 1, tf.Variable(0.5)))


def _pair(how="none", wrapped=lambda schedule: schedule, **options):
    model = _Pair()
    first = keras.optimizers.SGD(_decays(1.0, wrapped), **options)
    second = keras.optimizers.Adam(_decays(4.0, wrapped))
    first.build([model.one])
    second.build([model.two])
    model.compile()  # creates a default optimizer that nothing uses
    if how == "none":
        model.optimizer = None  # as Keras 3 compiles with None
    model.first = first
    model.second = second
    return model


@pytest.mark.parametrize("how", ["none", "default"])
def test_each_optimizer_is_logged_under_its_name(how):
    model = _pair(how)
    logger = tfs.LearningRateLogger()
    history = model.fit(**_DATA, callbacks=[logger]).history
    assert set(history) == {
        "loss",
        "learning_rate/first",
        "learning_rate/second",
        "hyperparameters/first/decay_rate",
        "hyperparameters/second/decay_rate",
    }
    assert history["learning_rate/first"] == [0.5**3]
    assert history["learning_rate/second"] == [4 * 0.5**7]


def test_a_single_optimizer_beside_an_unused_default_needs_no_name():
    model = _pair("default")
    model.second = None
    model.train_step = _training((model.first, model.one))
    history = model.fit(**_DATA, callbacks=[tfs.LearningRateLogger()]).history
    assert history["learning_rate"] == [0.5**3]


def test_the_optimizer_of_compile_is_logged_beside_another():
    model = _pair()
    model.optimizer, model.first = model.first, None
    model.train_step = _training(
        (model.optimizer, model.one), (model.second, model.two)
    )
    history = model.fit(**_DATA, callbacks=[tfs.LearningRateLogger()]).history
    assert history["learning_rate/optimizer"] == [0.5**3]
    assert history["learning_rate/second"] == [4 * 0.5**3]


def test_optimizers_in_lists_and_dicts_are_found():
    model = _pair()
    first, second = model.first, model.second
    model.all = [second, {"ignored": 1}]
    model.the_same_again = second
    model.by_name = {"first": first}
    model.first = model.second = None
    logger = tfs.LearningRateLogger()
    logger.set_model(model)
    assert logger.optimizers() == {"all/0": second, "by_name/first": first}


def test_the_optimizers_argument_sets_the_names():
    model = _pair()
    logger = tfs.LearningRateLogger(optimizers={"generator": model.second})
    history = model.fit(**_DATA, callbacks=[logger]).history
    assert history["learning_rate/generator"] == [4 * 0.5**7]
    assert "learning_rate/first" not in history


def test_a_plateau_lowers_every_adjustable(capsys):
    model = _pair(wrapped=tfs.Adjustable)
    plateau = tfs.ReduceOnPlateau("loss", 0.5, patience=1, verbose=1)
    model.fit(**_DATA, epochs=2, callbacks=[plateau])
    assert model.first._learning_rate.edits.rows() == [(8, 0.5)]
    assert model.second._learning_rate.edits.rows() == [(16, 0.5)]
    out = capsys.readouterr().out
    assert "Epoch 2: ReduceOnPlateau reducing first learning rate to" in out
    assert "Epoch 2: ReduceOnPlateau reducing second learning rate to" in out


def test_a_plateau_lowers_only_named_or_adjustable_rates():
    for named in (True, False):
        model = _pair(wrapped=tfs.Adjustable)
        if not named:
            model.second.learning_rate = _decays()
        optimizers = {"first": model.first} if named else None
        plateau = tfs.ReduceOnPlateau("loss", 0.5, 1, optimizers=optimizers)
        model.fit(**_DATA, epochs=2, callbacks=[plateau])
        assert model.first._learning_rate.edits.rows() == [(8, 0.5)]
        if named:
            assert model.second._learning_rate.edits.rows() == []


def test_a_schedule_shared_by_two_optimizers_is_lowered_once():
    model = _pair()
    shared = tfs.Adjustable(1.0)
    model.first.learning_rate = model.second.learning_rate = shared
    both = {"more": model.second, "fewer": model.first}
    plateau = tfs.ReduceOnPlateau("loss", 0.5, patience=1, optimizers=both)
    model.fit(**_DATA, epochs=2, callbacks=[plateau])
    assert shared.edits.rows() == [(16, 0.5)]  # neither has applied step 16


def test_a_number_follows_the_schedule_in_every_optimizer_with_it():
    model = _pair(momentum=0.5)
    follow = tfs.ScheduleHyperparameter
    callbacks = [
        follow("momentum", tfs.ExponentialDecay(0.5, 1, 0.5)),
        follow("beta_1", tfs.ExponentialDecay(0.5, 1, 0.5)),
    ]
    model.fit(**_DATA, callbacks=callbacks)
    assert model.first.momentum == 0.5**5
    assert model.second.beta_1 == 0.5**9


def test_a_number_follows_the_schedule_in_the_named_optimizer():
    model = _pair()
    model.first.weight_decay = model.second.weight_decay = 0.5
    follow = tfs.ScheduleHyperparameter(
        "weight_decay", 0.25, optimizers={"first": model.first}
    )
    model.fit(**_DATA, callbacks=[follow])
    assert model.first.weight_decay == 0.25
    assert model.second.weight_decay == 0.5


def test_a_variable_follows_the_steps_of_one_optimizer():
    model, temperature = _pair(), tf.Variable(1.0)
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    follow = tfs.ScheduleHyperparameter(temperature, schedule)
    with pytest.raises(ValueError, match="got first, second"):
        model.fit(**_DATA, callbacks=[follow])
    follow = tfs.ScheduleHyperparameter(
        temperature, schedule, {"second": model.second}
    )
    model.fit(**_DATA, callbacks=[follow])
    assert float(temperature) == 0.5**6


def test_errors_name_the_optimizer():
    model = _pair()
    both = {"a": model.first, "b": model.second}
    for optimizers, name in ((None, "first"), (both, "a")):
        for callback in (
            tfs.ReduceOnPlateau("loss", optimizers=optimizers),
            tfs.ScheduleHyperparameter("nothing", 0.5, optimizers),
        ):
            with pytest.raises(
                (TypeError, ValueError), match=f"the optimizer '{name}'"
            ):
                model.fit(**_DATA, callbacks=[callback])
    follow = tfs.ScheduleHyperparameter("beta_1", 0.5, both)
    with pytest.raises(ValueError, match=r"SGD \(the optimizer 'a'\)"):
        model.fit(**_DATA, callbacks=[follow])


def test_a_model_without_optimizers_is_refused():
    model = _pair()
    first, second = model.first, model.second
    model.first = model.second = None
    model.train_step = _training()
    with pytest.raises(ValueError, match="optimizers must be given"):
        model.fit(**_DATA, callbacks=[tfs.LearningRateLogger()])
    del first, second
    for wrong in ([], {}, {"a": 1}, {1: keras.optimizers.SGD()}):
        with pytest.raises(TypeError, match="optimizers must be a dict"):
            tfs.LearningRateLogger(optimizers=wrong)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize("chosen", ["map", "function"])
@needs_multi_optimizer
def test_the_parts_of_a_multi_optimizer_are_found(chosen, dtype):
    one = keras.optimizers.SGD(tfs.Adjustable(1.0), momentum=0.5, name="one")
    two = keras.optimizers.SGD(tfs.Adjustable(2.0), name="two")
    multi = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(one, {".*bias": two})
        if chosen == "map"
        else lambda variable: two if "bias" in variable.path else one
    )
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(multi, lambda _, y: 0.0 * y)
    if dtype == "mixed_float16":
        model.optimizer = keras.optimizers.LossScaleOptimizer(multi)
    history = model.fit(
        **_DATA,
        epochs=3,
        callbacks=[
            tfs.ReduceOnPlateau("loss", 0.5, 1),
            tfs.LearningRateLogger(),
            tfs.ScheduleHyperparameter("momentum", 0.25),
        ],
    ).history
    assert history["learning_rate/optimizer/one"] == [1.0, 1.0, 0.5]
    assert history["learning_rate/optimizer/two"] == [2.0, 2.0, 1.0]
    assert one.momentum == 0.25
    assert two.momentum == 0.0
    with pytest.raises(TypeError, match="Name those inside"):
        tfs.LearningRateLogger(optimizers={"all": multi})


@needs_multi_optimizer
def test_a_function_chooses_the_parts_once_the_model_is_built():
    one = keras.optimizers.SGD(1.0, name="one")
    multi = keras.optimizers.MultiOptimizer(lambda variable: one)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(multi, "mse")
    assert optimizers_of(model) == {}
    assert not multi.built
    model.build([None, 1])
    assert optimizers_of(model) == {"optimizer/one": one}


@needs_multi_optimizer
def test_optimizers_with_the_same_name_are_numbered():
    one, two = (keras.optimizers.SGD(rate, name="sgd") for rate in (1.0, 2.0))
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    optimizers = keras.optimizers.OptimizerMap(one, {".*bias": two})
    model.compile(keras.optimizers.MultiOptimizer(optimizers), "mse")
    history = model.fit(**_DATA, callbacks=[tfs.LearningRateLogger()]).history
    assert history["learning_rate/optimizer/0"] == [2.0]
    assert history["learning_rate/optimizer/1"] == [1.0]


@pytest.mark.skipif(hasattr(keras, "Variable"), reason="only in tf_keras")
def test_legacy_optimizers_work():
    optimizer = keras.optimizers.legacy.SGD(tfs.Adjustable(_decays(1.0)))
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(optimizer, lambda _, y: 0.0 * y)
    history = model.fit(
        **_DATA,
        epochs=3,
        callbacks=[
            tfs.ReduceOnPlateau("loss", 0.5, 1),
            tfs.LearningRateLogger(),
        ],
    ).history
    want = [0.5**3, 0.5**7, 0.5**12]
    assert history["learning_rate"] == want
    assert history["hyperparameters/schedule/decay_rate"] == [0.5] * 3


_WRAPPED = {"loss-scale": keras.mixed_precision.LossScaleOptimizer}
if hasattr(keras, "Variable"):  # tf_keras accumulates no gradients
    _WRAPPED["accumulated"] = lambda optimizer: optimizer
    _WRAPPED["both"] = _WRAPPED["loss-scale"]


@pytest.mark.parametrize("wrapped", _WRAPPED)
@pytest.mark.parametrize("given", [False, True])
def test_wrapped_optimizers_are_found(wrapped, given):
    """The steps are those that a schedule sees: all batches."""
    schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 1, 0.5))
    is_plain = wrapped == "loss-scale"
    options = {} if is_plain else {"gradient_accumulation_steps": 3}
    inner = keras.optimizers.SGD(schedule, momentum=0.5, **options)
    optimizer = _WRAPPED[wrapped](inner)
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(optimizer, lambda _, y: 0.0 * y)
    temperature = tf.Variable(1.0)
    named = {"it": optimizer} if given else None
    half = tfs.ExponentialDecay(1.0, 1, 0.5)
    history = model.fit(
        **_DATA,
        epochs=3,
        callbacks=[
            tfs.ReduceOnPlateau("loss", 0.5, 1, optimizers=named),
            tfs.LearningRateLogger(optimizers=named),
            tfs.ScheduleHyperparameter("momentum", half, named),
            tfs.ScheduleHyperparameter(temperature, half, named),
        ],
    ).history
    assert schedule.edits.rows() == [(8, 0.5), (12, 0.25)]
    name = "learning_rate/it" if given else "learning_rate"
    assert history[name] == [0.5**3, 0.5**7, 0.5**12]
    assert inner.momentum == 0.5**12
    assert float(temperature) == 0.5**11
