"""Trains with suggested rates, with a tenth and with ten times of them.

    python benchmarks/suggested_rates.py

It splits data that scikit-learn ships by ten seeds, lets the range test suggest
a rate for a small network, trains it for ten epochs with a constant rate, and
prints the median loss on the quarter that was held out, and in how many of the
seeds the suggestion has the lowest of the three losses.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn import datasets, model_selection, preprocessing

import tf_schedules

SEEDS = 10
SETS = {
    "digits": datasets.load_digits,
    "breast cancer": datasets.load_breast_cancer,
}
OPTIMIZERS = {
    "SGD": lambda: tf.keras.optimizers.SGD(momentum=0.9),
    "Adam": tf.keras.optimizers.Adam,
}
_FACTORS = (0.1, 1.0, 10.0)
_FIT = {"batch_size": 32, "verbose": 0}


def split(name, seed):
    """Features of unit variance and classes, to train and to test with."""
    x, y = SETS[name](return_X_y=True)
    x, held, y, classes = model_selection.train_test_split(
        x, y, test_size=0.25, random_state=seed, stratify=y
    )
    scaler = preprocessing.StandardScaler().fit(x)
    return scaler.transform(x), y, scaler.transform(held), classes


def network(features, classes, optimizer):
    """Two hidden layers of 64 units."""
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input([features]),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dense(classes),
        ]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    return model


def losses(name, optimizer, seeds=range(SEEDS)):
    """Each seed's suggestion, and the losses of its tenth, itself, tenfold."""
    for seed in seeds:
        x, y, held, classes = split(name, seed)
        tf.keras.utils.set_random_seed(seed)
        model = network(x.shape[1], 1 + int(max(y)), OPTIMIZERS[optimizer]())
        found = tf_schedules.find_learning_rate(model, x, y, **_FIT)
        begin = model.get_weights(), [v.numpy() for v in _variables(model)]
        reached = []
        for factor in _FACTORS:
            model.set_weights(begin[0])
            for variable, value in zip(
                _variables(model), begin[1], strict=True
            ):
                variable.assign(value)
            model.optimizer.learning_rate.assign(factor * found.suggestion)
            tf.keras.utils.set_random_seed(seed)
            model.fit(x, y, epochs=10, **_FIT)
            reached.append(model.evaluate(held, classes, verbose=0))
        yield found.suggestion, reached


def _variables(model):
    variables = model.optimizer.variables
    return variables() if callable(variables) else variables


def wins(reached):
    """In how many rows the suggestion has the lowest loss."""
    # A loss that is not a number is the highest.
    finite = np.nan_to_num(reached, nan=np.inf)
    lowest = finite[:, 1] < np.minimum(finite[:, 0], finite[:, 2])
    return int(np.sum(lowest))


def main():
    """Prints the table."""
    print("| data | optimizer | suggestions | a tenth | 1 | ten times | best |")
    print("|---|---|---|---|---|---|---|")
    for name in SETS:
        for optimizer in OPTIMIZERS:
            rates, reached = zip(*losses(name, optimizer), strict=True)
            medians = " | ".join(f"{x:.3f}" for x in np.median(reached, 0))
            print(
                f"| {name} | {optimizer} | {min(rates):.2g} to "
                f"{max(rates):.2g} | {medians} | {wins(reached)} of "
                f"{len(reached)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
