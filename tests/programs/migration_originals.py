"""Records other libraries' rates for the tests of the migration table.

    python tests/programs/migration_originals.py

It runs the libraries below that are installed and updates
tests/migration.json; the other libraries keep their records.
"""

import json
import pathlib

RECORD = pathlib.Path(__file__).parents[1] / "migration.json"
STEPS = [0, 1, 2, 5, 9, 10, 11, 19, 20, 21, 29, 30, 31, 49, 50, 51, 99, 100]


def torch():
    """PyTorch: the rate of the optimizer before each update."""
    from torch import nn, optim

    scheduler = optim.lr_scheduler

    def rates(make):
        optimizer = optim.SGD([nn.Parameter()], lr=0.5)
        schedule, seen = make(optimizer), []
        for _ in range(max(STEPS) + 1):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            try:
                schedule.step()
            except ValueError:  # OneCycleLR raises after its end
                break
        return [seen[s] for s in STEPS if s < len(seen)]

    return {
        "StepLR": rates(lambda o: scheduler.StepLR(o, 10, 0.5)),
        "ExponentialLR": rates(lambda o: scheduler.ExponentialLR(o, 0.9)),
        "MultiStepLR": rates(lambda o: scheduler.MultiStepLR(o, [10, 30], 0.1)),
        "LinearLR": rates(lambda o: scheduler.LinearLR(o, 0.1, 1.0, 20)),
        "PolynomialLR": rates(lambda o: scheduler.PolynomialLR(o, 50, 2.0)),
        "CosineAnnealingLR": rates(
            lambda o: scheduler.CosineAnnealingLR(o, 50, 0.05)
        ),
        "CosineAnnealingWarmRestarts": rates(
            lambda o: scheduler.CosineAnnealingWarmRestarts(o, 10, 2, 0.05)
        ),
        "OneCycleLR": rates(lambda o: scheduler.OneCycleLR(o, 1.0, 100)),
        "CyclicLR": rates(
            lambda o: scheduler.CyclicLR(
                o, 0.1, 1.0, 10, mode="triangular2", cycle_momentum=False
            )
        ),
    }


def optax():
    """optax, whose schedules are functions of the step."""
    import optax

    made = {
        "exponential_decay": optax.exponential_decay(
            0.5, 10, 0.5, end_value=0.1
        ),
        "polynomial_schedule": optax.polynomial_schedule(
            0.5, 0.1, 2, 20, transition_begin=10
        ),
        "warmup_cosine_decay_schedule": optax.warmup_cosine_decay_schedule(
            0.0, 0.5, 10, 50, 0.05
        ),
        "join_schedules": optax.join_schedules(
            [
                optax.constant_schedule(0.5),
                optax.exponential_decay(0.5, 10, 0.5),
            ],
            [20],
        ),
        "piecewise_constant_schedule": optax.piecewise_constant_schedule(
            0.5, {10: 0.1, 30: 0.5}
        ),
    }
    return {n: [float(f(s)) for s in STEPS] for n, f in made.items()}


def transformers():
    """Hugging Face, whose schedules multiply the optimizer's rate."""
    import transformers
    from torch import nn, optim

    def rates(make):
        optimizer = optim.SGD([nn.Parameter()], lr=0.5)
        (multiplier,) = make(optimizer).lr_lambdas
        return [0.5 * multiplier(s) for s in STEPS]

    linear = transformers.get_linear_schedule_with_warmup
    cosine = transformers.get_cosine_schedule_with_warmup
    inverse = transformers.get_inverse_sqrt_schedule
    return {
        "get_linear_schedule_with_warmup": rates(lambda o: linear(o, 10, 50)),
        "get_cosine_schedule_with_warmup": rates(lambda o: cosine(o, 10, 50)),
        "get_inverse_sqrt_schedule": rates(lambda o: inverse(o, 10)),
    }


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
    """TensorFlow's Model Garden."""
    import tensorflow as tf
    from official.modeling.optimization import lr_schedule

    after = tf.keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    schedule = lr_schedule.LinearWarmup(after, 10, 0.1)
    return {"LinearWarmup": [float(schedule(s)) for s in STEPS]}


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
    tensorflow_addons,
    official,
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
