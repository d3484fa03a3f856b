"""Recipes for a method, whatever the model."""

from tf_schedules.catalogue.row import Row
from tf_schedules.schedules import (
    InverseTimeDecay,
    Minimum,
    PiecewiseInterpolation,
    PowerDecay,
    Shifted,
    Warmup,
)

METHODS: dict[str, Row] = {
    "adafactor-second-moment": Row(
        1 - PowerDecay(1.0, -0.8),
        steps=2**19,
        source="Shazeer & Stern, Adafactor, arXiv 1804.04235, section 7.2: "
        "the decay rate of the second moment, 1 - t ** -0.8",
    ),
    "bottou-sgd": Row(
        InverseTimeDecay(0.1, 1, 1e-6),
        steps=1_000_000,
        source="Bottou, Stochastic Gradient Descent Tricks, "
        "https://doi.org/10.1007/978-3-642-35289-8_25, section 5.2: "
        "g / (1 + g * l * t), here with g = 0.1 and l = 1e-5",
    ),
    "edm2-average": Row(
        (1 - PowerDecay(1.0, -1.0)) ** 7.94,
        steps=2**20,
        source="Karras et al., Analyzing and Improving the Training "
        "Dynamics of Diffusion Models, arXiv 2312.02696, section 3.1: the "
        "decay rate of the weights' average, (1 - 1 / t) ** (gamma + 1), "
        "here with gamma = 6.94",
    ),
    "step-cosine": Row(
        Warmup(
            PiecewiseInterpolation([0, 500_000], [1e-4, 5e-5], "cosine"),
            10_000,
        ),
        steps=510_000,
        source="TensorFlow Model Garden, https://github.com/tensorflow/models, "
        "official/modeling/optimization/optimizer_factory_test.py: warm-up "
        "over 10 000 steps to 1e-4, a cosine to 5e-5 in 500 000",
    ),
    "untuned-warmup": Row(
        Shifted(Warmup(0.001, 2_000), -1),
        steps=100_000,
        source="Ma & Yarats, On the Adequacy of Untuned Warmup for Adaptive "
        "Optimization, arXiv 1910.04209, section 5: over 2 / (1 - beta2) "
        "steps, counted from 1, for the beta2 of Adam, 0.999, and its rate",
    ),
    "weight-average-ramp": Row(
        Minimum([0.9999, 1 - 0.9 * PowerDecay(1.0, -1.0, offset=10)]),
        steps=800_000,
        source="Ho et al., DDPM, arXiv 2006.11239, appendix B: the decay "
        "rate 0.9999 of the weights' average, with the ramp "
        "(1 + t) / (10 + t) of tf.train.ExponentialMovingAverage",
    ),
}
