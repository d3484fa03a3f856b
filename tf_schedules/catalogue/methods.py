"""Recipes for a method, whatever the model."""

from tf_schedules.catalogue.row import Row
from tf_schedules.schedules.clock import Shifted
from tf_schedules.schedules.composition import Warmup
from tf_schedules.schedules.decay import InverseTimeDecay
from tf_schedules.schedules.piecewise import PiecewiseInterpolation

METHODS: dict[str, Row] = {
    "bottou-sgd": Row(
        InverseTimeDecay(0.1, 1, 1e-6),
        steps=1_000_000,
        source="Bottou, Stochastic Gradient Descent Tricks, "
        "https://doi.org/10.1007/978-3-642-35289-8_25, section 5.2: "
        "g / (1 + g * l * t), here with g = 0.1 and l = 1e-5",
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
}
