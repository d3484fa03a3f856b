"""The rates of PyTorch and its like, where an optimizer has the rate."""

from migration_steps import STEPS


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


def transformers():
    """Hugging Face, whose schedules multiply the optimizer's rate."""
    import transformers
    from torch import nn, optim

    def rates(make):
        optimizer = optim.SGD([nn.Parameter()], lr=0.5)
        (multiplier,) = make(optimizer).lr_lambdas
        return [0.5 * multiplier(s) for s in STEPS]

    constant = transformers.get_constant_schedule_with_warmup
    power = transformers.get_polynomial_decay_schedule_with_warmup
    restarts = transformers.get_cosine_with_hard_restarts_schedule_with_warmup
    least = transformers.get_cosine_with_min_lr_schedule_with_warmup
    stable = transformers.get_wsd_schedule
    linear = transformers.get_linear_schedule_with_warmup
    cosine = transformers.get_cosine_schedule_with_warmup
    inverse = transformers.get_inverse_sqrt_schedule
    return {
        "get_linear_schedule_with_warmup": rates(lambda o: linear(o, 10, 50)),
        "get_cosine_schedule_with_warmup": rates(lambda o: cosine(o, 10, 50)),
        "get_inverse_sqrt_schedule": rates(lambda o: inverse(o, 10)),
        "get_constant_schedule_with_warmup": rates(lambda o: constant(o, 10)),
        "get_polynomial_decay_schedule_with_warmup": rates(
            lambda o: power(o, 10, 50, lr_end=0.1, power=2.0)
        ),
        "get_cosine_schedule_with_warmup(o, W, T, 1.5)": rates(
            lambda o: cosine(o, 10, 100, 1.5)
        ),
        "get_cosine_with_hard_restarts_schedule_with_warmup": rates(
            lambda o: restarts(o, 10, 100, 3)
        ),
        "get_cosine_with_min_lr_schedule_with_warmup": rates(
            lambda o: least(o, 10, 50, min_lr=0.05)
        ),
        "get_wsd_schedule": rates(
            lambda o: stable(
                *(o, 10, 20),
                num_stable_steps=20,
                decay_type="1-sqrt",
                min_lr_ratio=0.1,
            )
        ),
    }


def timm():
    """timm: by updates, not by epochs."""
    from timm import scheduler
    from torch import nn, optim

    def rates(cls, *arguments, **options):
        optimizer = optim.SGD([nn.Parameter()], lr=0.5)
        schedule = cls(optimizer, *arguments, t_in_epochs=False, **options)
        seen = []
        for step in STEPS:
            schedule.step_update(step)
            seen.append(optimizer.param_groups[0]["lr"])
        return seen

    return {
        "CosineLRScheduler": rates(
            scheduler.CosineLRScheduler,
            50,
            lr_min=0.05,
            warmup_t=10,
            warmup_lr_init=0.1,
        ),
        "CosineLRScheduler(o, T, E, warmup_prefix": rates(
            scheduler.CosineLRScheduler,
            50,
            lr_min=0.05,
            warmup_t=10,
            warmup_lr_init=0.1,
            warmup_prefix=True,
        ),
        "StepLRScheduler": rates(scheduler.StepLRScheduler, 10, 0.5),
        "MultiStepLRScheduler": rates(
            scheduler.MultiStepLRScheduler, [10, 30], 0.1
        ),
        "PolyLRScheduler": rates(
            scheduler.PolyLRScheduler, 50, power=2.0, lr_min=0.05
        ),
    }


def fastai():
    """fastai: the rates that its recorder saw, of a run of 100 batches."""
    from fastai.callback import schedule  # noqa: F401  it adds the methods
    from fastai.test_utils import synth_learner

    def rates(fit, *arguments):
        learner = synth_learner(n_trn=100)
        with learner.no_bar(), learner.no_logging():
            getattr(learner, fit)(*arguments)
        seen = learner.recorder.lrs
        return [float(seen[s]) for s in STEPS if s < len(seen)]

    return {
        "fit_flat_cos": rates("fit_flat_cos", 1, 0.5),
        "fit_one_cycle": rates("fit_one_cycle", 1, 0.5),
    }


def paddle():
    """PaddlePaddle: its schedulers know the rate."""
    import math

    from paddle.optimizer import lr

    def rates(schedule):
        seen = []
        for _ in range(max(STEPS) + 1):
            seen.append(float(schedule()))
            schedule.step()
        return [seen[s] for s in STEPS]

    inner = lr.ExponentialDecay(0.5, 0.9)
    return {
        "NoamDecay": rates(lr.NoamDecay(64, 20, 2.0)),
        "LinearWarmup": rates(lr.LinearWarmup(inner, 10, 0.1, 0.5)),
        "PiecewiseDecay": rates(lr.PiecewiseDecay([10, 30], [0.5, 0.1, 0.05])),
        "PolynomialDecay": rates(lr.PolynomialDecay(0.5, 20, 0.1, 2.0, True)),
        "InverseTimeDecay": rates(lr.InverseTimeDecay(0.5, 0.1)),
        "NaturalExpDecay": rates(lr.NaturalExpDecay(0.5, -math.log(0.9))),
        "StepDecay": rates(lr.StepDecay(0.5, 10, 0.5)),
        "CosineAnnealingDecay": rates(lr.CosineAnnealingDecay(0.5, 50, 0.05)),
    }
