"""Learning-rate schedules for TensorFlow, exact at every step."""

from tf_schedules.adapter import adapter
from tf_schedules.adjustable import Adjustable
from tf_schedules.arithmetic import Clamped, Product, Scaled
from tf_schedules.callbacks import LearningRateLogger, ScheduleHyperparameter
from tf_schedules.clock import Repeated, Shifted, TimeScaled
from tf_schedules.composition import Sequence, Warmup
from tf_schedules.constant import Constant
from tf_schedules.conversion import from_keras
from tf_schedules.cosine import CosineDecay, CosineDecayRestarts
from tf_schedules.cyclical import CyclicalLearningRate, OneCycle
from tf_schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
)
from tf_schedules.hyperparameter import (
    bounded,
    increasing,
    positive,
    unit_interval,
)
from tf_schedules.piecewise import (
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
)
from tf_schedules.plateau import ReduceOnPlateau
from tf_schedules.saved_model import export, load
from tf_schedules.saved_model_schedule import SavedModelSchedule
from tf_schedules.schedule import Schedule
from tf_schedules.warmup import InverseSquareRootDecay, WarmupStableDecay
from tf_schedules.weights import ScheduleWeights
from tf_schedules.workers import (
    agree_on_factor,
    assert_same_on_all_workers,
)

__version__ = "0.1.0"
__all__ = [
    "Adjustable",
    "Clamped",
    "Constant",
    "CosineDecay",
    "CosineDecayRestarts",
    "CyclicalLearningRate",
    "ExponentialDecay",
    "InverseSquareRootDecay",
    "InverseTimeDecay",
    "LearningRateLogger",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PiecewiseInterpolation",
    "PolynomialDecay",
    "Product",
    "ReduceOnPlateau",
    "Repeated",
    "SavedModelSchedule",
    "Scaled",
    "Schedule",
    "ScheduleHyperparameter",
    "ScheduleWeights",
    "Sequence",
    "Shifted",
    "TimeScaled",
    "Warmup",
    "WarmupStableDecay",
    "adapter",
    "agree_on_factor",
    "assert_same_on_all_workers",
    "bounded",
    "export",
    "from_keras",
    "increasing",
    "load",
    "positive",
    "unit_interval",
]
