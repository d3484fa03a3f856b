"""Records other libraries' rates for the tests of the migration table.

    python tests/programs/migration_originals.py

It runs the libraries below that are installed and updates
tests/migration.json; the other libraries keep their records.
"""

import json
import pathlib

from migration_of_jax import axlearn, maxtext, optax
from migration_of_torch import fastai, paddle, timm, torch, transformers
from migration_steps import STEPS

RECORD = pathlib.Path(__file__).parents[1] / "migration.json"


def tensorflow_addons():
    """TensorFlow Addons, whose last release needs TensorFlow 2.15."""
    import tensorflow as tf
    import tensorflow_addons as tfa

    schedule = tfa.optimizers.Triangular2CyclicalLearningRate(0.1, 1.0, 10)
    return {
        "Triangular2CyclicalLearningRate": [
            float(schedule(tf.constant(s, tf.float32))) for s in STEPS
        ]
    }


def official():
    """TensorFlow's Model Garden, of which this needs one file alone."""
    import tf_keras
    from official.modeling.optimization import lr_schedule as garden

    after = tf_keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    cosine = garden.CosineDecayWithOffset(
        offset=10, initial_learning_rate=0.5, decay_steps=40
    )
    made = {
        "LinearWarmup": garden.LinearWarmup(after, 10, 0.1),
        "PolynomialWarmUp": garden.PolynomialWarmUp(after, 10, 2.0),
        "CosineDecayWithOffset": garden.LinearWarmup(cosine, 10, 0.1),
        "StepCosineDecayWithOffset": garden.StepCosineDecayWithOffset(
            [0, 20, 50], [0.5, 0.25, 0.1]
        ),
        "DirectPowerDecay": garden.DirectPowerDecay(0.5, -0.5),
        "PowerAndLinearDecay": garden.PowerAndLinearDecay(0.5, 50, -0.5, 0.4),
        "PowerDecayWithOffset": garden.PowerDecayWithOffset(
            0.5, -0.5, 10, 0.25
        ),
    }
    rates = {n: [float(s(step)) for step in STEPS] for n, s in made.items()}
    # StepCosineDecayWithOffset is NaN after its last boundary.
    return {n: [r for r in seen if r == r] for n, seen in rates.items()}


def tf_keras():
    """Keras 1 and 2, whose optimizers took a decay."""
    import tf_keras

    optimizer = tf_keras.optimizers.legacy.SGD(0.5, decay=0.1)
    rates = []
    for step in STEPS:
        optimizer.iterations.assign(step)
        rates.append(float(optimizer._decayed_lr("float32")))
    return {"SGD(L, decay=d)": rates}


def tensorflow():
    """tf.compat.v1.train."""
    import tensorflow as tf

    train = tf.compat.v1.train

    def rates(decay, *arguments, **options):
        return [
            float(decay(0.5, tf.constant(s), *arguments, **options)())
            for s in STEPS
        ]

    return {
        "exponential_decay": rates(train.exponential_decay, 10, 0.5, True),
        "inverse_time_decay": rates(train.inverse_time_decay, 10, 0.5),
        "natural_exp_decay": rates(train.natural_exp_decay, 10, 0.5),
        "polynomial_decay": rates(train.polynomial_decay, 50, 0.1, 2.0),
        "cosine_decay": rates(train.cosine_decay, 50, 0.1),
        "cosine_decay_restarts": rates(train.cosine_decay_restarts, 10),
        "linear_cosine_decay": rates(
            train.linear_cosine_decay, 50, alpha=0.2, beta=0.1
        ),
        "piecewise_constant": [
            float(
                train.piecewise_constant(
                    tf.constant(s), [10, 30], [0.5, 0.1, 0.05]
                )()
            )
            for s in STEPS
        ],
    }


LIBRARIES = (
    torch,
    optax,
    transformers,
    timm,
    fastai,
    paddle,
    axlearn,
    maxtext,
    tensorflow_addons,
    official,
    tf_keras,
    tensorflow,
)


def main():
    """Records the libraries that are installed."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    for library in LIBRARIES:
        try:
            record[library.__name__] = library()
        except ImportError as error:
            print(f"{library.__name__}: not here ({error})")
        else:
            print(f"{library.__name__}: recorded")
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
