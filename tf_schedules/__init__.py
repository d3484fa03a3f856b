"""Learning-rate schedules for TensorFlow, exact at every step."""

# First: what the driver does before TensorFlow is imported.
from tf_schedules import startup  # noqa: F401  # isort: skip

from tf_schedules.catalogue import recipe, recipes
from tf_schedules.core import (
    Schedule,
    bounded,
    deserialize,
    from_keras,
    increasing,
    positive,
    serialize,
    unit_interval,
)
from tf_schedules.distribute import (
    agree_on_factor,
    assert_same_on_all_workers,
)
from tf_schedules.keras import (
    LearningRateLogger,
    ReduceOnPlateau,
    ScheduleHyperparameter,
    ScheduleWeights,
    adapter,
    find_learning_rate,
    layer_wise,
)
from tf_schedules.plotting import plot, write_plan
from tf_schedules.run import Run
from tf_schedules.saving import SavedModelSchedule, export, load
from tf_schedules.schedules import (
    Adjustable,
    Clamped,
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    CyclicalLearningRate,
    ExponentialDecay,
    FromFunction,
    InverseSquareRootDecay,
    InverseTimeDecay,
    Maximum,
    Minimum,
    OneCycle,
    PiecewiseConstantDecay,
    PiecewiseInterpolation,
    PolynomialDecay,
    PowerDecay,
    Product,
    Raised,
    Repeated,
    Scaled,
    Sequence,
    Shifted,
    Sum,
    TimeScaled,
    Warmup,
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
    "find_learning_rate",
    "from_keras",
    "increasing",
    "layer_wise",
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
