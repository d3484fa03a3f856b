"""Learning-rate schedules for TensorFlow, exact at every step."""

# First: what the driver does before TensorFlow is imported.
from tf_schedules import startup  # noqa: F401  # isort: skip

from tf_schedules.catalogue import recipe, recipes
from tf_schedules.core.conversion import from_keras
from tf_schedules.core.hyperparameter import (
    bounded,
    increasing,
    positive,
    unit_interval,
)
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.serialization import deserialize, serialize
from tf_schedules.distribute.workers import (
    agree_on_factor,
    assert_same_on_all_workers,
)
from tf_schedules.keras import (
    LearningRateLogger,
    ReduceOnPlateau,
    ScheduleHyperparameter,
    ScheduleWeights,
    adapter,
)
from tf_schedules.plotting import plot, write_plan
from tf_schedules.run import Run
from tf_schedules.saving.saved_model_schedule import SavedModelSchedule
from tf_schedules.saving.versions import export, load
from tf_schedules.schedules.adjustable import Adjustable
from tf_schedules.schedules.arithmetic import (
    Clamped,
    Maximum,
    Minimum,
    Product,
    Raised,
    Scaled,
    Sum,
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
from tf_schedules.schedules.function import FromFunction
from tf_schedules.schedules.piecewise import (
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
)
from tf_schedules.schedules.warmup import (
    InverseSquareRootDecay,
    WarmupStableDecay,
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
    "FromFunction",
    "InverseSquareRootDecay",
    "InverseTimeDecay",
    "LearningRateLogger",
    "Maximum",
    "Minimum",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PiecewiseInterpolation",
    "PolynomialDecay",
    "PowerDecay",
    "Product",
    "Raised",
    "ReduceOnPlateau",
    "Repeated",
    "Run",
    "SavedModelSchedule",
    "Scaled",
    "Schedule",
    "ScheduleHyperparameter",
    "ScheduleWeights",
    "Sequence",
    "Shifted",
    "Sum",
    "TimeScaled",
    "Warmup",
    "WarmupStableDecay",
    "adapter",
    "agree_on_factor",
    "assert_same_on_all_workers",
    "bounded",
    "deserialize",
    "export",
    "from_keras",
    "increasing",
    "load",
    "plot",
    "positive",
    "recipe",
    "recipes",
    "serialize",
    "unit_interval",
    "write_plan",
]

# Reprs, errors and pickles show the names that users type, whichever room
# defines them.
for _name in __all__:
    globals()[_name].__module__ = __name__
