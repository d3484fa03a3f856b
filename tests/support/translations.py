"""The schedules of other libraries, as this package says them."""

import numpy as np

import tf_schedules as tfs

_COSINE = tfs.CosineDecay(0.5, 50, alpha=0.1)
_HALF = tfs.PiecewiseInterpolation([0, 10], [0.5, 0.25], "geometric")
_INVERSE_ROOT = tfs.Shifted(tfs.PowerDecay(0.5, -0.5), 1)
# How to say it here, and up to which step (where the original goes on wrongly).
OURS = {
    "torch": {
        "StepLR": (tfs.ExponentialDecay(0.5, 10, 0.5, staircase=True), None),
        "ExponentialLR": (tfs.ExponentialDecay(0.5, 1, 0.9), None),
        "MultiStepLR": (
            tfs.PiecewiseConstantDecay([10 - 1, 30 - 1], [0.5, 0.05, 0.005]),
            None,
        ),
        "LinearLR": (
            tfs.PiecewiseInterpolation([0, 20], [0.5 * 0.1, 0.5]),
            None,
        ),
        "PolynomialLR": (tfs.PolynomialDecay(0.5, 50, 0.0, 2.0), None),
        "CosineAnnealingLR": (_COSINE, 50),
        "CosineAnnealingWarmRestarts": (
            tfs.CosineDecayRestarts(0.5, 10, 2.0, alpha=0.05 / 0.5),
            None,
        ),
        "OneCycleLR": (tfs.OneCycle(1.0, 100), 99),
        "CyclicLR": (
            tfs.CyclicalLearningRate(0.1, 1.0, 10, mode="triangular2"),
            None,
        ),
    },
    "optax": {
        "exponential_decay": (
            tfs.Clamped(tfs.ExponentialDecay(0.5, 10, 0.5), minimum=0.1),
            None,
        ),
        "polynomial_schedule": (
            tfs.Shifted(tfs.PolynomialDecay(0.5, 20, 0.1, 2.0), 10),
            None,
        ),
        "warmup_cosine_decay_schedule": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10, 0.05 / 0.5), 10),
            None,
        ),
        "join_schedules": (
            tfs.Sequence([0.5, tfs.ExponentialDecay(0.5, 10, 0.5)], [20]),
            None,
        ),
        "piecewise_constant_schedule": (
            tfs.PiecewiseConstantDecay([10 - 1, 30 - 1], [0.5, 0.05, 0.025]),
            None,
        ),
    },
    "transformers": {
        "get_linear_schedule_with_warmup": (
            tfs.Warmup(tfs.PolynomialDecay(0.5, 50 - 10, 0.0), 10),
            None,
        ),
        "get_cosine_schedule_with_warmup": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10), 10),
            50,
        ),
        "get_inverse_sqrt_schedule": (
            tfs.InverseSquareRootDecay(0.5, 10),
            None,
        ),
        "get_constant_schedule_with_warmup": (tfs.Warmup(0.5, 10), None),
        "get_polynomial_decay_schedule_with_warmup": (
            tfs.Warmup(tfs.PolynomialDecay(0.5, 50 - 10, 0.1, 2.0), 10),
            None,
        ),
        "get_cosine_schedule_with_warmup(o, W, T, 1.5)": (
            tfs.Warmup(
                tfs.PiecewiseInterpolation(
                    [0, 30, 60, 90], [0.5, 0.0, 0.5, 0.0], "cosine"
                ),
                10,
            ),
            None,
        ),
        "get_cosine_with_hard_restarts_schedule_with_warmup": (
            tfs.Warmup(tfs.CosineDecayRestarts(0.5, (100 - 10) / 3, 1.0), 10),
            99,
        ),
        "get_cosine_with_min_lr_schedule_with_warmup": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10, 0.05 / 0.5), 10),
            50,
        ),
        "get_wsd_schedule": (
            tfs.WarmupStableDecay(
                0.5, 10, 20, 20, 0.5 * 0.1, 0.5 * 0.1, "1-sqrt"
            ),
            None,
        ),
    },
    "timm": {
        "CosineLRScheduler": (
            tfs.Sequence(
                [
                    tfs.PiecewiseInterpolation([0, 10], [0.1, 0.5]),
                    tfs.Shifted(_COSINE, -10),
                ],
                [10],
            ),
            None,
        ),
        "CosineLRScheduler(o, T, E, warmup_prefix": (
            tfs.Warmup(_COSINE, 10, 0.1),
            None,
        ),
        "StepLRScheduler": (tfs.ExponentialDecay(0.5, 10, 0.5, True), None),
        "MultiStepLRScheduler": (
            tfs.PiecewiseConstantDecay([10 - 2, 30 - 2], [0.5, 0.05, 0.005]),
            None,
        ),
        "PolyLRScheduler": (tfs.PolynomialDecay(0.5, 50, 0.05, 2.0), None),
    },
    "fastai": {
        "fit_flat_cos": (
            tfs.WarmupStableDecay(
                0.5, 0, 75, 25, end_learning_rate=0.5 / 1e5, decay="cosine"
            ),
            None,
        ),
        "fit_one_cycle": (
            tfs.PiecewiseInterpolation(
                [0, 25, 100], [0.5 / 25, 0.5, 0.5 / 1e5], "cosine"
            ),
            None,
        ),
    },
    "paddle": {
        "NoamDecay": (
            tfs.InverseSquareRootDecay(2.0 * (64 * 20) ** -0.5, 20),
            None,
        ),
        "LinearWarmup": (
            tfs.Sequence(
                [
                    tfs.PiecewiseInterpolation([0, 10], [0.1, 0.5]),
                    tfs.ExponentialDecay(0.5, 1, 0.9),
                ],
                [10],
            ),
            None,
        ),
        "PiecewiseDecay": (
            tfs.PiecewiseConstantDecay([10 - 1, 30 - 1], [0.5, 0.1, 0.05]),
            None,
        ),
        "PolynomialDecay": (
            tfs.PolynomialDecay(0.5, 20, 0.1, 2.0, cycle=True),
            None,
        ),
        "InverseTimeDecay": (tfs.InverseTimeDecay(0.5, 1, 0.1), None),
        "NaturalExpDecay": (tfs.ExponentialDecay(0.5, 1, 0.9), None),
        "StepDecay": (tfs.ExponentialDecay(0.5, 10, 0.5, True), None),
        "CosineAnnealingDecay": (_COSINE, 50),
    },
    "axlearn": {
        "cosine_with_linear_warmup": (
            tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10, 0.2), 10, 0.1),
            None,
        ),
        "linear_schedule_with_warmup": (
            tfs.Warmup(tfs.PolynomialDecay(0.5, 50 - 10, 0.05), 10),
            None,
        ),
        "constant_with_linear_warmup": (tfs.Warmup(0.5, 10), None),
        "adafactor": (
            tfs.InverseSquareRootDecay(0.5 * 20**-0.5, 20, first_step=1),
            None,
        ),
        "inverse_sqrt": (
            tfs.Shifted(
                tfs.InverseSquareRootDecay(20**-0.5, 0, timescale=20), 20
            ),
            None,
        ),
        "adafactor_decay_rate": (1 - tfs.PowerDecay(1.0, -0.8), None),
        "ema_schedule": (
            tfs.Sequence([1 - tfs.InverseTimeDecay(1.0, 1, 1.0), 0.9], [20]),
            None,
        ),
        "exponential": (_HALF, None),
        "stepwise": (tfs.Sequence([0.5, _HALF], [20]), None),
    },
    "maxtext": {
        "lr_schedule_type: cosine": (
            tfs.Sequence(
                [tfs.Warmup(tfs.CosineDecay(0.5, 50 - 10 - 1, 0.1), 10), 0.0],
                [50],
            ),
            None,
        ),
        "lr_schedule_type: wsd": (
            tfs.Sequence(
                [
                    tfs.WarmupStableDecay(
                        0.5, 10, 20, 20 - 1, 0.0, 0.5 * 0.1, "linear"
                    ),
                    0.0,
                ],
                [50],
            ),
            None,
        ),
    },
    "tensorflow_addons": {
        "Triangular2CyclicalLearningRate": (
            tfs.CyclicalLearningRate(0.1, 1.0, 10, mode="triangular2"),
            None,
        ),
    },
    "official": {
        "LinearWarmup": (
            tfs.Sequence(
                [
                    tfs.PiecewiseInterpolation([0, 10], [0.1, 0.25]),
                    tfs.Shifted(tfs.ExponentialDecay(0.5, 10, 0.5), -10),
                ],
                [10],
            ),
            None,
        ),
        "PolynomialWarmUp": (
            tfs.Sequence(
                [
                    tfs.Clamped(
                        tfs.Warmup(0.25, 10, shape=2.0), minimum=0.25 * 0.1**2
                    ),
                    tfs.Shifted(tfs.ExponentialDecay(0.5, 10, 0.5), -10),
                ],
                [10],
            ),
            None,
        ),
        "CosineDecayWithOffset": (
            tfs.Warmup(tfs.CosineDecay(0.5, 40), 10, 0.1),
            None,
        ),
        "StepCosineDecayWithOffset": (
            tfs.PiecewiseInterpolation([0, 20, 50], [0.5, 0.25, 0.1], "cosine"),
            None,
        ),
        "DirectPowerDecay": (_INVERSE_ROOT, None),
        "PowerAndLinearDecay": (
            _INVERSE_ROOT * tfs.PiecewiseInterpolation([30, 50], [1.0, 0.0]),
            None,
        ),
        "PowerDecayWithOffset": (
            tfs.Sequence(
                [
                    0.25,
                    tfs.Clamped(tfs.PowerDecay(0.5, -0.5), maximum=0.25),
                ],
                [10 + 1],
            ),
            None,
        ),
    },
    "tf_keras": {
        "SGD(L, decay=d)": (tfs.InverseTimeDecay(0.5, 1, 0.1), None),
    },
    "tensorflow": {
        "exponential_decay": (tfs.ExponentialDecay(0.5, 10, 0.5, True), None),
        "inverse_time_decay": (tfs.InverseTimeDecay(0.5, 10, 0.5), None),
        "natural_exp_decay": (
            tfs.ExponentialDecay(0.5, 10, float(np.exp(-0.5))),
            None,
        ),
        "polynomial_decay": (tfs.PolynomialDecay(0.5, 50, 0.1, 2.0), None),
        "cosine_decay": (_COSINE, None),
        "cosine_decay_restarts": (tfs.CosineDecayRestarts(0.5, 10), None),
        "linear_cosine_decay": (
            tfs.PolynomialDecay(1 + 0.2, 50, 0.2) * tfs.CosineDecay(0.5, 50)
            + 0.5 * 0.1,
            None,
        ),
        "piecewise_constant": (
            tfs.PiecewiseConstantDecay([10, 30], [0.5, 0.1, 0.05]),
            None,
        ),
    },
}
