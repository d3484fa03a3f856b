"""Published recipes: a name, a class, its arguments, and where they are from.

The rows feed the tests, the SavedModels in saved_models/ and the driver.
"""

import dataclasses
from types import MappingProxyType
from typing import Any

from tf_schedules.cosine import CosineDecayRestarts
from tf_schedules.decay import ExponentialDecay
from tf_schedules.schedule import Schedule

# Optimizer steps an epoch, by training images and batch size.
_CIFAR_128 = 391  # 50 000 images, the last batch being short
_IMAGENET_4096 = 1_281_167 / 4096
_IMAGENET_32 = 1_281_167 / 32


@dataclasses.dataclass(frozen=True)
class Row:
    """One recipe.

    Attributes:
      schedule: the class.
      arguments: what it is called with.
      steps: how many optimizer steps the published run had.
      source: where the numbers are from.
    """

    schedule: type[Schedule]
    arguments: dict[str, Any]
    steps: int
    source: str

    def make(self) -> Schedule:
        """The schedule of this recipe."""
        return self.schedule(**self.arguments)


CATALOGUE = MappingProxyType(
    {
        "efficientnet": Row(
            ExponentialDecay,
            {
                "initial_learning_rate": 0.256,
                "decay_steps": round(2.4 * _IMAGENET_4096, 3),
                "decay_rate": 0.97,
                "staircase": True,
            },
            steps=round(350 * _IMAGENET_4096),
            source="Tan & Le, EfficientNet, arXiv 1905.11946, section 5.2: "
            "0.256, times 0.97 every 2.4 epochs of batches of 4096, after "
            "the warm-up",
        ),
        "inception-v3": Row(
            ExponentialDecay,
            {
                "initial_learning_rate": 0.045,
                "decay_steps": round(2 * _IMAGENET_32),
                "decay_rate": 0.94,
            },
            steps=round(100 * _IMAGENET_32),
            source="Szegedy et al., Rethinking the Inception Architecture, "
            "arXiv 1512.00567, section 8: 0.045, times 0.94 every 2 of 100 "
            "epochs of batches of 32",
        ),
        "sgdr": Row(
            CosineDecayRestarts,
            {
                "initial_learning_rate": 0.05,
                "first_decay_steps": 10 * _CIFAR_128,
                "t_mul": 2.0,
            },
            steps=150 * _CIFAR_128,
            source="Loshchilov & Hutter, SGDR, arXiv 1608.03983, section 4.1: "
            "0.05, T_0 = 10 epochs of CIFAR in batches of 128, T_mult = 2",
        ),
        "sgdr-equal-cycles": Row(
            CosineDecayRestarts,
            {
                "initial_learning_rate": 0.05,
                "first_decay_steps": 50 * _CIFAR_128,
                "t_mul": 1.0,
            },
            steps=200 * _CIFAR_128,
            source="Loshchilov & Hutter, SGDR, arXiv 1608.03983, section 4.1: "
            "0.05, T_0 = 50 epochs of CIFAR in batches of 128, T_mult = 1",
        ),
    }
)
