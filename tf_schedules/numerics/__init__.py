"""Exact arithmetic of steps, as graph operations.

Here belongs what knows steps, counts and tensors, and neither a schedule nor
Keras: the `Step` that a formula receives, the numbers that it is compared
with, and the curves that rates follow. A step carries its arithmetic, so that
a formula is written once for TensorFlow and for readers without float64.
"""

from tf_schedules.numerics.arithmetic import Arithmetic, optimization_barrier
from tf_schedules.numerics.curves import (
    CURVES,
    RAMPS,
    Progress,
    half_cosine,
    is_geometric,
    where,
)
from tf_schedules.numerics.numbers import (
    HALF_PI,
    LAST_STEP,
    as_fraction,
)
from tf_schedules.numerics.portable import PRECISIONS
from tf_schedules.numerics.step import Step

__all__ = [
    "CURVES",
    "HALF_PI",
    "LAST_STEP",
    "PRECISIONS",
    "RAMPS",
    "Arithmetic",
    "Progress",
    "Step",
    "as_fraction",
    "half_cosine",
    "is_geometric",
    "optimization_barrier",
    "where",
]
