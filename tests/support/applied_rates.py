"""Trains a model with one weight, and reads back the applied rates."""

import numpy as np
import tensorflow as tf

keras = tf.keras


class Counting(keras.layers.Layer):
    """One weight whose gradient is 1, so that SGD subtracts the rate."""

    def build(self, shape):
        self.w = self.add_weight(shape=(), initializer="zeros", name="w")

    def call(self, inputs):
        return inputs * self.w


def model_and_data(optimizer, steps=4, **options):
    """A model, and the data of an epoch with that many steps."""
    model = keras.Sequential([keras.layers.Input([1]), Counting()])
    model.compile(optimizer, lambda _, y: tf.reduce_mean(y), **options)
    ones = np.ones([steps, 1], "float32")
    return model, {"x": ones, "y": ones, "batch_size": 1, "verbose": 0}


class AppliedRates(keras.callbacks.Callback):
    """The applied rates, which each batch subtracts from the weight."""

    def __init__(self):
        super().__init__()
        self.seen = [0.0]

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(-float(self.model.get_weights()[0]))

    @property
    def rates(self):
        return np.diff(self.seen)


def fit(model, data, *callbacks, epochs=1):
    applied = AppliedRates()
    history = model.fit(**data, epochs=epochs, callbacks=[*callbacks, applied])
    return applied.rates, history.history
