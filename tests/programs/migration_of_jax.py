"""The rates of libraries of JAX, whose schedules are functions of the step."""

from types import SimpleNamespace

from migration_steps import STEPS


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


def axlearn():
    """axlearn (its releases on PyPI end in 2024)."""
    from axlearn.common import schedule

    half = schedule.exponential(begin_value=0.5, end_step=10, end_value=0.25)
    made = {
        "cosine_with_linear_warmup": schedule.cosine_with_linear_warmup(
            0.5, max_step=50, warmup_steps=10, begin_value=0.1, alpha=0.2
        ),
        "linear_schedule_with_warmup": schedule.linear_schedule_with_warmup(
            0.5, max_step=50, warmup_steps=10, end_value=0.05
        ),
        "constant_with_linear_warmup": schedule.constant_with_linear_warmup(
            0.5, warmup_steps=10
        ),
        "adafactor": schedule.adafactor(0.5, warmup_steps=20, step_offset=1),
        "inverse_sqrt": lambda step: schedule.inverse_sqrt(float(step), 20),
        "adafactor_decay_rate": schedule.adafactor_decay_rate(0.8),
        "ema_schedule": schedule.ema_schedule(0.9, warmup_steps=20),
        "exponential": half,
        "stepwise": schedule.stepwise([0.5, half], [20]),
    }
    return {n: [float(f(s)) for s in STEPS] for n, f in made.items()}


def maxtext():
    """MaxText: a part of its config makes a schedule."""
    from maxtext.configs import types
    from maxtext.utils import maxtext_utils

    def rates(kind, **options):
        config = SimpleNamespace(
            learning_rate=0.5,
            learning_rate_final_fraction=0.1,
            learning_rate_schedule_steps=50,
            warmup_steps_fraction=0.2,
            steps=100,
            lr_schedule_type=types.LearningRateScheduleType(kind),
            **options,
        )
        schedule = maxtext_utils.create_learning_rate_schedule(config)
        return [float(schedule(s)) for s in STEPS]

    return {
        "lr_schedule_type: cosine": rates("cosine"),
        "lr_schedule_type: wsd": rates(
            "wsd",
            wsd_decay_steps_fraction=0.4,
            wsd_decay_style=types.WsdDecayStyle("linear"),
        ),
    }
