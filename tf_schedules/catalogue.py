"""Published recipes: a schedule, the length of its run, and its source.

The rows feed the tests, the SavedModels in saved_models/ and the driver.
"""

import dataclasses
from types import MappingProxyType

from tf_schedules.core.schedule import Schedule
from tf_schedules.schedules.arithmetic import (
    Clamped,
    Minimum,
    Product,
    Scaled,
)
from tf_schedules.schedules.clock import Repeated, Shifted, TimeScaled
from tf_schedules.schedules.composition import Sequence, Warmup
from tf_schedules.schedules.constant import Constant
from tf_schedules.schedules.cosine import CosineDecay, CosineDecayRestarts
from tf_schedules.schedules.cyclical import CyclicalLearningRate, OneCycle
from tf_schedules.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    PowerDecay,
)
from tf_schedules.schedules.piecewise import (
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
)
from tf_schedules.schedules.warmup import (
    InverseSquareRootDecay,
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


@dataclasses.dataclass(frozen=True)
class Row:
    """One recipe.

    Attributes:
      schedule: the schedule.
      steps: the number of optimizer steps in the published run.
      source: the publication that the numbers come from.
    """

    schedule: Schedule
    steps: int
    source: str


def _steps_at(
    epoch_steps: int, rate: float, epochs: tuple[int, ...] = (30, 60, 80)
) -> Schedule:
    """A rate that drops to a tenth at the first step of each given epoch."""
    # A boundary is the last step of the old rate, so it is one step earlier.
    boundaries = [epoch * epoch_steps - 1 for epoch in epochs]
    return PiecewiseConstantDecay(
        boundaries, [rate, rate / 10, rate / 100, rate / 1000]
    )


CATALOGUE = MappingProxyType(
    {
        "adafactor-second-moment": Row(
            1 - PowerDecay(1.0, -0.8),
            steps=2**19,
            source="Shazeer & Stern, Adafactor, arXiv 1804.04235, section 7.2: "
            "the decay rate of the second moment, 1 - t ** -0.8",
        ),
        "bert-base": Row(
            Warmup(PolynomialDecay(1e-4, 990_000, 0.0), 10_000),
            steps=1_000_000,
            source="Devlin et al., BERT, arXiv 1810.04805, appendix A.2: 1e-4, "
            "warm-up over 10 000 of 1 000 000 steps, linear decay",
        ),
        "bottou-sgd": Row(
            InverseTimeDecay(0.1, 1, 1e-6),
            steps=1_000_000,
            source="Bottou, Stochastic Gradient Descent Tricks, "
            "https://doi.org/10.1007/978-3-642-35289-8_25, section 5.2: "
            "g / (1 + g * l * t), here with g = 0.1 and l = 1e-5",
        ),
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
        "edm2-average": Row(
            (1 - PowerDecay(1.0, -1.0)) ** 7.94,
            steps=2**20,
            source="Karras et al., Analyzing and Improving the Training "
            "Dynamics of Diffusion Models, arXiv 2312.02696, section 3.1: the "
            "decay rate of the weights' average, (1 - 1 / t) ** (gamma + 1), "
            "here with gamma = 6.94",
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
        "gpt-3": Row(
            CosineDecay(0.0, 81_133, 0.1, warmup_target=6e-5, warmup_steps=117),
            steps=93_750,
            source="Brown et al., GPT-3, arXiv 2005.14165, table 2.1 and "
            "appendix B: 6e-5 in batches of 3.2M tokens, warm-up over 375M, "
            "cosine to 10 % at 260B, then constant to 300B",
        ),
        "inception-v3": Row(
            ExponentialDecay(0.045, round(2 * _IMAGENET_32), 0.94),
            steps=round(100 * _IMAGENET_32),
            source="Szegedy et al., Rethinking the Inception Architecture, "
            "arXiv 1512.00567, section 8: 0.045, times 0.94 every 2 of 100 "
            "epochs of batches of 32",
        ),
        "minicpm": Row(
            WarmupStableDecay(
                0.01, 2_000, 252_000, 5_000, 0.0, 0.001, "exponential"
            ),
            steps=259_000,
            source="Hu et al., MiniCPM, arXiv 2404.06395, section 4: 0.01, "
            "stable over 1T tokens in batches of 3.93M, an exponential decay "
            "over 5 000 steps to 10 %",
        ),
        "noam": Row(
            InverseSquareRootDecay.noam(512, 4000),
            steps=100_000,
            source="Vaswani et al., Attention Is All You Need, arXiv "
            "1706.03762, section 5.3: d_model 512, 4000 warm-up steps",
        ),
        "palm": Row(
            Sequence(
                [0.01, InverseSquareRootDecay(0.01, 0, timescale=10_000)],
                [10_000],
            ),
            steps=255_000,
            source="Chowdhery et al., PaLM, arXiv 2204.02311, section 5: 0.01 "
            "for 10 000 steps, then 1 / sqrt(step)",
        ),
        "power-scheduler": Row(
            Minimum([0.02, PowerDecay(4.6 * 128 * (2**18) ** -0.51, -0.51)]),
            steps=100_000,
            source="Shen et al., Power Scheduler, arXiv 2408.13359: "
            "min(0.02, 4.6 * batch * tokens ** -0.51), here with batches of "
            "128 sequences of 2048 tokens",
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
                    Shifted(
                        _steps_at(_IMAGENET_8192, 0.1), -5 * _IMAGENET_8192
                    ),
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
        "t5": Row(
            Shifted(InverseSquareRootDecay(0.01, 0, timescale=10_000), 10_000),
            steps=2**19,
            source="Raffel et al., T5, arXiv 1910.10683, section 3.1.2: "
            "1 / sqrt(max(step, 10 000)), 2**19 steps",
        ),
        "tensor2tensor": Row(
            Product(
                [
                    2.0,
                    PiecewiseInterpolation([0, 8000], [0.0, 1.0]),
                    Shifted(
                        InverseSquareRootDecay(8000**-0.5, 0, timescale=8000),
                        8000,
                    ),
                    512**-0.5,
                ]
            ),
            steps=250_000,
            source="Vaswani et al., Tensor2Tensor, arXiv 1803.07416: 2.0 * "
            "linear_warmup * rsqrt_decay * rsqrt_hidden_size, 8000 warm-up "
            "steps, hidden size 512",
        ),
        "weight-average-ramp": Row(
            Minimum([0.9999, 1 - 0.9 * PowerDecay(1.0, -1.0, offset=10)]),
            steps=800_000,
            source="Ho et al., DDPM, arXiv 2006.11239, appendix B: the decay "
            "rate 0.9999 of the weights' average, with the ramp "
            "(1 + t) / (10 + t) of tf.train.ExponentialMovingAverage",
        ),
        "wide-resnet": Row(
            TimeScaled(
                PiecewiseConstantDecay(
                    [60, 120, 160], [0.1, 0.02, 0.004, 0.0008]
                ),
                _CIFAR_128,
            ),
            steps=200 * _CIFAR_128,
            source="Zagoruyko & Komodakis, Wide Residual Networks, arXiv "
            "1605.07146, section 3: 0.1, times 0.2 after 60, 120 and 160 of "
            "200 epochs of batches of 128",
        ),
        "word2vec": Row(
            Clamped(PolynomialDecay(0.025, 1_000_000, 0.0), minimum=2.5e-6),
            steps=1_000_000,
            source="Mikolov et al., Efficient Estimation of Word "
            "Representations, arXiv 1301.3781, section 4.2: linearly from "
            "0.025 to 0; the released program keeps 0.0001 of it",
        ),
    }
)
