"""Learns a schedule by gradient descent through the training that uses it.

    python examples/hypergradient.py

It trains a softmax regression on handwritten digits for 30 steps, at the rates
of a schedule whose hyperparameters are constrained variables. The gradient of
the validation loss flows back through all the steps to these variables.

Source: Maclaurin et al., Gradient-based Hyperparameter Optimization through
Reversible Learning, https://arxiv.org/abs/1502.03492.
"""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

import tf_schedules

_STEPS = 30
_BATCH = 32


def _data():
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    images = tf.constant(images[order] / 16, tf.float32)
    labels = tf.constant(labels[order])
    train = _STEPS * _BATCH
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def _loss(weights, images, labels):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels, images @ weights)
    )


def start_schedule() -> tf_schedules.Schedule:
    """A learnable schedule with a rate that is far too low."""
    return tf_schedules.WarmupStableDecay(
        tf_schedules.positive(0.01),
        warmup_steps=5,
        stable_steps=10,
        decay_steps=15,
        end_learning_rate=tf_schedules.positive(1e-4),
        decay=tf_schedules.positive(1.0),
    )


def learn(
    schedule: tf_schedules.Schedule, updates: int = 60, verbose: int = 1
) -> tuple[float, float]:
    """Learns the schedule; returns the validation loss before and after."""
    (images, labels), validation = _data()

    def validation_loss():
        weights = tf.zeros([64, 10])
        for step in range(_STEPS):
            batch = slice(step * _BATCH, (step + 1) * _BATCH)
            with tf.GradientTape() as tape:
                tape.watch(weights)
                loss = _loss(weights, images[batch], labels[batch])
            weights -= schedule(step) * tape.gradient(loss, weights)
        return _loss(weights, *validation)

    optimizer = tf.keras.optimizers.Adam(0.2)
    optimizer.build(schedule.trainable_variables)

    @tf.function
    def update():
        with tf.GradientTape() as tape:
            loss = validation_loss()
        variables = schedule.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    first = float(validation_loss())
    progress = tf.keras.utils.Progbar(updates, verbose=verbose)
    for _ in range(updates):
        progress.add(1, [("validation loss", update())])
    return first, float(validation_loss())


if __name__ == "__main__":
    learned = start_schedule()
    before, after = learn(learned)
    print(f"validation loss: {before:.3f} before, {after:.3f} after")
    print(f"the learned schedule: {learned.get_config()}")
