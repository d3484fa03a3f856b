"""Attributes of layers follow schedules.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import copy
import pickle

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import AppliedRates, Counting

import tf_schedules as tfs
from tf_schedules.core import hyperparameter

keras = tf.keras
layers = keras.layers


class _Highest(layers.Layer):
    """The highest input; a dropout's is `1 / (1 - rate)` for inputs of 1."""

    def call(self, inputs):
        return tf.reduce_max(inputs, -1, keepdims=True)


def _fit(layer, *callbacks, steps=3, width=64, **options):
    """The gradient at each step, which is what a layer makes of ones."""
    model = keras.Sequential(
        [layers.Input([width]), layer, _Highest(), Counting()]
    )
    model.compile(
        keras.optimizers.SGD(1.0), lambda _, y: tf.reduce_mean(y), **options
    )
    ones = np.ones([steps, width], "float32")
    applied = AppliedRates()
    history = model.fit(
        x=ones,
        y=ones[:, :1],
        batch_size=1,
        verbose=0,
        callbacks=[*callbacks, applied],
    ).history
    return applied.rates.tolist(), model, history


_RATES = tfs.PiecewiseConstantDecay([0, 1], [0.5, 0.0, 0.75])


@pytest.mark.parametrize(
    "options", [{}, {"jit_compile": True}, {"run_eagerly": True}]
)
def test_the_rate_of_a_dropout_follows(options):
    dropout = layers.Dropout(0.5)
    _, model, _ = _fit(dropout)  # compiles with the number as a constant
    follow = tfs.ScheduleHyperparameter("rate", _RATES, layers=[dropout])
    rates, _, _ = _fit(dropout, follow, **options)
    assert rates == [2.0, 1.0, 4.0]
    assert dropout.rate == 0.75
    assert type(dropout.rate) is float
    # It is a constant again; evaluation has no dropout.
    assert _fit(dropout)[0] == [4.0, 4.0, 4.0]
    assert model.predict(np.ones([1, 64]), verbose=0) == _weight(model)


def _weight(model):
    return float(model.get_weights()[-1])


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: layers.SpatialDropout1D(0.5), "rate"),
        (lambda: layers.AlphaDropout(0.5), "rate"),
        (lambda: layers.GaussianNoise(0.5), "stddev"),
    ],
)
def test_other_layers_follow(make, name):
    layer = make()
    inputs = keras.Sequential([layers.Reshape([1, 64]), layer])
    model = keras.Sequential([inputs, layers.Flatten()])
    follow = tfs.ScheduleHyperparameter(name, _RATES, layers=[layer])
    rates, _, _ = _fit(model, follow)
    assert rates[0] != 1.0 != rates[2]
    assert rates[1] == pytest.approx(1.0)


class _Means(keras.callbacks.Callback):
    """The moving mean of a layer after each batch."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.seen = layer, []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.layer.moving_mean.numpy()[0]))


def test_the_momentum_of_a_batch_normalization_follows():
    layer = layers.BatchNormalization(momentum=0.0)
    model = keras.Sequential([layers.Input([1]), layer])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    momentum = tfs.PiecewiseConstantDecay([0, 1], [0.5, 1.0, 0.25])
    follow = tfs.ScheduleHyperparameter("momentum", momentum, layers=[layer])
    means, ones = _Means(layer), np.ones([3, 1])
    options = {"batch_size": 1, "verbose": 0, "callbacks": [follow, means]}
    model.fit(ones, ones, **options)
    assert means.seen == [0.5, 0.5, 0.125 + 0.75]


def test_an_attribute_that_tests_read_follows_within_fit():
    layer = layers.Rescaling(1.0)
    # Without a weight to train the optimizer takes no steps.
    model = keras.Sequential([layers.Input([1]), layer, Counting()])
    model.compile(keras.optimizers.SGD(0.0), lambda _, y: tf.reduce_mean(y))
    model.set_weights([np.float32(1.0)])
    ones = np.ones([2, 1], "float32")
    assert model.evaluate(ones, ones, verbose=0) == 1.0
    assert model.predict(ones, verbose=0).tolist() == [[1.0]] * 2
    follow = tfs.ScheduleHyperparameter(
        "scale", tfs.ExponentialDecay(1.0, 1, 0.5), layers=[layer]
    )
    history = model.fit(
        ones,
        ones,
        validation_data=(ones, ones),
        batch_size=1,
        epochs=2,
        verbose=0,
        callbacks=[follow],
    ).history
    assert history["loss"] == [0.75, 0.75 / 4]
    assert history["val_loss"] == [0.25, 0.25 / 4]
    assert layer.scale == 0.25 / 4
    assert model.evaluate(ones, ones, verbose=0) == 0.25 / 4
    assert model.predict(ones, verbose=0).tolist() == [[0.25 / 4]] * 2


def test_the_factor_of_a_regularizer_follows():
    dense = layers.Dense(1, use_bias=False, kernel_regularizer="l2")
    model = keras.Sequential([layers.Input([1]), dense])
    model.compile(keras.optimizers.SGD(1.0), lambda _, y: 0.0 * y)
    model.set_weights([np.float32([[1.0]])])
    follow = tfs.ScheduleHyperparameter(
        "l2",
        tfs.ExponentialDecay(0.25, 1, 0.5),
        layers=[dense.kernel_regularizer],
    )
    ones = np.ones([2, 1])
    model.fit(ones, ones, batch_size=1, verbose=0, callbacks=[follow])
    # The gradient is twice the factor times the weight.
    assert model.get_weights()[0].tolist() == [[0.5 * 0.75]]


def test_a_layer_follows_the_steps_of_one_optimizer():
    """The groups of `layer_wise` are in step."""
    dropout = layers.Dropout(0.5)
    model = keras.Sequential(
        [
            layers.Input([64]),
            dropout,
            _Highest(),
            Counting(),
            Counting(name="other"),
        ]
    )
    model.compile(
        tfs.layer_wise(model, keras.optimizers.SGD, 1.0, {"other/w": 0.5}),
        lambda _, y: 0.0 * y,
    )
    temperature = tf.Variable(0.0)
    ones = np.ones([3, 64])
    fits = {"x": ones, "y": ones[:, :1], "batch_size": 1, "verbose": 0}
    follows = [
        tfs.ScheduleHyperparameter("rate", _RATES, layers=[dropout]),
        tfs.ScheduleHyperparameter(temperature, _RATES),
    ]
    model.fit(**fits, callbacks=follows)
    assert dropout.rate == float(temperature) == 0.75
    model.other = keras.optimizers.SGD(1.0)
    for follow in follows:
        with pytest.raises(ValueError, match="name the one whose steps are"):
            model.fit(**fits, callbacks=[follow])
    # A part by its name, other than the first.
    named = {"it": model.optimizer.optimizers[1]}
    follow = tfs.ScheduleHyperparameter(temperature, 0.25, named)
    model.fit(**fits, callbacks=[follow])
    assert float(temperature) == 0.25


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (lambda: layers.GaussianDropout(0.5), "rate", "which needs it in Pyth"),
        (lambda: layers.LeakyReLU(0.5), "alpha", "which needs it in Python"),
        (lambda: layers.Dropout(0.5), "stddev", "does not have"),
        (lambda: layers.Dropout(0.5), "name", "that is a number"),
        (lambda: layers.Dropout(0.5), "trainable", "that is a number"),
    ],
)
def test_layers_that_cannot_follow_are_refused(make, name, words):
    layer = make()
    follow = tfs.ScheduleHyperparameter(name, 0.5, layers=[layer])
    with pytest.raises(ValueError, match=words) as error:
        _fit(layer, follow)
    assert f"{type(layer).__name__} (layers[0])" in str(error.value)


def test_one_layer_that_can_follow_is_not_enough():
    both = [layers.Dropout(0.5), layers.Dense(1)]
    follow = tfs.ScheduleHyperparameter("rate", 0.5, layers=both)
    with pytest.raises(ValueError, match=r"Dense \(layers\[1\]\)"):
        _fit(both[0], follow)


def test_keras_still_needs_these_numbers_in_python():
    """Once this fails, the layer need not be refused."""
    for layer in (layers.GaussianDropout(0.5), layers.LeakyReLU(0.5)):
        names = ("rate", "negative_slope", "alpha")
        (name,) = (n for n in names if hasattr(layer, n))
        live = hyperparameter.attribute(tfs.Constant(0.5), tf.Variable(0))
        object.__setattr__(layer, name, live)
        call = tf.function(lambda x, layer=layer: layer(x, training=True))
        with pytest.raises((TypeError, NotImplementedError)):
            call(tf.ones([2]))


@pytest.mark.skipif(not hasattr(keras, "Variable"), reason="tf_keras has one")
def test_a_layer_without_a_generator_is_refused():
    layer = layers.Dropout(0.0)
    follow = tfs.ScheduleHyperparameter("rate", 0.5, layers=[layer])
    with pytest.raises(ValueError, match="no generator of random numbers"):
        _fit(layer, follow)


def test_bad_layers_are_refused():
    for wrong in ([], {}, "rate", layers.Dropout(0.5)):
        with pytest.raises(TypeError, match="layers must be a list or a tuple"):
            tfs.ScheduleHyperparameter("rate", 0.5, layers=wrong)
    with pytest.raises(TypeError, match="name of an attribute if layers are"):
        tfs.ScheduleHyperparameter(
            tf.Variable(0.5), 0.5, layers=[layers.Dropout(0.5)]
        )


def test_a_copy_drives_the_same_layers():
    dropout = layers.Dropout(0.5)
    follow = tfs.ScheduleHyperparameter("rate", _RATES, layers=[dropout])
    assert _fit(dropout, copy.deepcopy(follow))[0] == [2.0, 1.0, 4.0]
    with pytest.raises(TypeError, match="layers must be found by name"):
        pickle.dumps(follow)
