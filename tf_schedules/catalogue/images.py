"""Recipes for models of images."""

from tf_schedules.catalogue.row import Row
from tf_schedules.core import Schedule
from tf_schedules.schedules import (
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    CyclicalLearningRate,
    ExponentialDecay,
    InverseSquareRootDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
    PolynomialDecay,
    Product,
    Repeated,
    Scaled,
    Shifted,
    TimeScaled,
    Warmup,
    WarmupStableDecay,
)

# Optimizer steps per epoch, by training images and batch size.
_CIFAR_128 = 391  # 50 000 images, including a short last batch
_CIFAR_512 = 98
_CIFAR_64 = 782
_IMAGENET_32 = 1_281_167 / 32
_IMAGENET_256 = 5005
_IMAGENET_4096 = 1_281_167 / 4096
_IMAGENET_8192 = 157
_IMAGENETTE_64 = 147  # 9469 images, without the last batch


def _steps_at(
    epoch_steps: int, rate: float, epochs: tuple[int, ...] = (30, 60, 80)
) -> Schedule:
    """A rate that drops to a tenth at the first step of each given epoch."""
    # A boundary is the last step of the old rate, so it is one step earlier.
    boundaries = [epoch * epoch_steps - 1 for epoch in epochs]
    return PiecewiseConstantDecay(
        boundaries, [rate, rate / 10, rate / 100, rate / 1000]
    )


IMAGES: dict[str, Row] = {
    "dawnbench-cifar10": Row(
        PiecewiseInterpolation(
            [0, 5 * _CIFAR_512, 24 * _CIFAR_512], [0.0, 0.4, 0.0]
        ),
        steps=24 * _CIFAR_512,
        source="Page, How to Train Your ResNet, "
        "https://myrtle.ai/learn/how-to-train-your-resnet-1-baseline/: "
        "0 to 0.4 in 5 epochs, to 0 at 24, in batches of 512",
    ),
    "dcgan": Row(
        Constant(0.0002),
        steps=100_000,
        source="Radford et al., DCGAN, arXiv 1511.06434, section 4: 0.0002",
    ),
    "deeplab-v3": Row(
        PolynomialDecay(0.007, 30_000, 0.0, power=0.9),
        steps=30_000,
        source="Chen et al., Rethinking Atrous Convolution, arXiv "
        "1706.05587, section 4.1: 0.007, the poly policy of power 0.9, "
        "30 000 steps",
    ),
    "efficientnet": Row(
        ExponentialDecay(
            0.256, round(2.4 * _IMAGENET_4096, 3), 0.97, staircase=True
        ),
        steps=round(350 * _IMAGENET_4096),
        source="Tan & Le, EfficientNet, arXiv 1905.11946, section 5.2: "
        "0.256, times 0.97 every 2.4 epochs of batches of 4096, after "
        "the warm-up",
    ),
    "flat-cosine": Row(
        WarmupStableDecay(
            0.01,
            0,
            60 * _IMAGENETTE_64,
            20 * _IMAGENETTE_64,
            end_learning_rate=1e-7,
            decay="cosine",
        ),
        steps=80 * _IMAGENETTE_64,
        source="Howard & Gugger, fastai, https://github.com/fastai/fastai, "
        "nbs/examples/train_imagenette.py: fit_flat_cos at 0.01 in batches of "
        "64, a cosine to 1e-5 of it after 75 % of the run, here of 80 epochs",
    ),
    "inception-v3": Row(
        ExponentialDecay(0.045, round(2 * _IMAGENET_32), 0.94),
        steps=round(100 * _IMAGENET_32),
        source="Szegedy et al., Rethinking the Inception Architecture, "
        "arXiv 1512.00567, section 8: 0.045, times 0.94 every 2 of 100 "
        "epochs of batches of 32",
    ),
    "resnet-50": Row(
        _steps_at(_IMAGENET_256, 0.1),
        steps=90 * _IMAGENET_256,
        source="Goyal et al., Accurate, Large Minibatch SGD, arXiv "
        "1706.02677, section 5.1: 0.1 in batches of 256, a tenth at "
        "epochs 30, 60 and 80",
    ),
    "resnet-50-large-batch": Row(
        Scaled(
            Warmup(
                Shifted(_steps_at(_IMAGENET_8192, 0.1), -5 * _IMAGENET_8192),
                5 * _IMAGENET_8192,
                initial_learning_rate=0.1 / 32,
            ),
            32,
        ),
        steps=90 * _IMAGENET_8192,
        source="Goyal et al., Accurate, Large Minibatch SGD, arXiv "
        "1706.02677, sections 2.2 and 5.1: batches of 8192, 32 times the "
        "rate of 256, gradual warm-up over 5 epochs",
    ),
    "rex": Row(
        PiecewiseInterpolation([0, 300 * _CIFAR_128], [0.1, 0.0], "rex"),
        steps=300 * _CIFAR_128,
        source="Chen et al., REX, arXiv 2107.04197, section 4: a budget of "
        "300 epochs of CIFAR in batches of 128, from 0.1",
    ),
    "sgdr": Row(
        CosineDecayRestarts(0.05, 10 * _CIFAR_128, t_mul=2.0),
        steps=150 * _CIFAR_128,
        source="Loshchilov & Hutter, SGDR, arXiv 1608.03983, section 4.1: "
        "0.05, T_0 = 10 epochs of CIFAR in batches of 128, T_mult = 2",
    ),
    "sgdr-equal-cycles": Row(
        CosineDecayRestarts(0.05, 50 * _CIFAR_128, t_mul=1.0),
        steps=200 * _CIFAR_128,
        source="Loshchilov & Hutter, SGDR, arXiv 1608.03983, section 4.1: "
        "0.05, T_0 = 50 epochs of CIFAR in batches of 128, T_mult = 1",
    ),
    "smith-triangular": Row(
        CyclicalLearningRate(0.001, 0.006, 2000),
        steps=24_000,
        source="Smith, Cyclical Learning Rates, arXiv 1506.01186, section "
        "4.1: CIFAR-10 from 0.001 to 0.006, step size 2000",
    ),
    "snapshot-ensemble": Row(
        Repeated(CosineDecay(0.1, 50 * _CIFAR_64), 50 * _CIFAR_64),
        steps=300 * _CIFAR_64,
        source="Huang et al., Snapshot Ensembles, arXiv 1704.00109, "
        "section 4: cosine cycles from 0.1, 300 epochs of CIFAR in "
        "batches of 64, 6 cycles",
    ),
    "super-convergence": Row(
        OneCycle(
            3.0,
            10_000,
            warmup_fraction=0.5,
            initial_divisor=30.0,
            final_divisor=1000.0,
            shape="linear",
        ),
        steps=10_000,
        source="Smith & Topin, Super-Convergence, arXiv 1708.07120, "
        "section 5: CIFAR-10 from 0.1 to 3 and back in 10 000 steps, step "
        "size 5000",
    ),
    "vit-g": Row(
        Product(
            [
                InverseSquareRootDecay(8e-4, 10_000),
                PiecewiseInterpolation([950_000, 1_000_000], [1.0, 0.0]),
            ]
        ),
        steps=1_000_000,
        source="Zhai et al., Scaling Vision Transformers, arXiv 2106.04560, "
        "section 3.5 and appendix C: 8e-4, warm-up over 10 000 steps, then "
        "1 / sqrt(step), cooldown over the last 50 000 of 1 000 000",
    ),
    "wide-resnet": Row(
        TimeScaled(
            PiecewiseConstantDecay([60, 120, 160], [0.1, 0.02, 0.004, 0.0008]),
            _CIFAR_128,
        ),
        steps=200 * _CIFAR_128,
        source="Zagoruyko & Komodakis, Wide Residual Networks, arXiv "
        "1605.07146, section 3: 0.1, times 0.2 after 60, 120 and 160 of "
        "200 epochs of batches of 128",
    ),
}
