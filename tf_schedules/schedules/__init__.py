"""The schedules: the families, and those that are made of other schedules.

A class is its declared arguments, its documentation and its formula; whatever
more than one of them needs belongs into core or numerics.
"""

from tf_schedules.schedules.adjustable import Adjustable, EditTable
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

__all__ = [
    "Adjustable",
    "Clamped",
    "Constant",
    "CosineDecay",
    "CosineDecayRestarts",
    "CyclicalLearningRate",
    "EditTable",
    "ExponentialDecay",
    "FromFunction",
    "InverseSquareRootDecay",
    "InverseTimeDecay",
    "Maximum",
    "Minimum",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PiecewiseInterpolation",
    "PolynomialDecay",
    "PowerDecay",
    "Product",
    "Raised",
    "Repeated",
    "Scaled",
    "Sequence",
    "Shifted",
    "Sum",
    "TimeScaled",
    "Warmup",
    "WarmupStableDecay",
]
