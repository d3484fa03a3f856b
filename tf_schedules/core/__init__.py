"""The base class of every schedule, and the machinery of its arguments.

Rules for arguments, configs, tracing, learnable hyperparameters and the choice
of Keras live here. No schedule does.
"""

from tf_schedules.core import (
    functions,
    hyperparameter,
    registry,
    rules,
    serialization,
    values,
)
from tf_schedules.core.configured import Configured
from tf_schedules.core.conversion import (
    AnySchedule,
    AnySchedules,
    as_schedule,
    from_keras,
    own_schedule,
)
from tf_schedules.core.fields import (
    AtLeastOne,
    Count,
    Curve,
    Finite,
    Flag,
    Name,
    NonNegative,
    Number,
    Numbers,
    Positive,
    PositiveCount,
    Ramp,
    Rate,
    Rates,
    UnitInterval,
    Whole,
)
from tf_schedules.core.hyperparameter import (
    bounded,
    increasing,
    positive,
    unit_interval,
)
from tf_schedules.core.landmarks import Landmarks
from tf_schedules.core.paths import path_of
from tf_schedules.core.rules import (
    BOUNDARY,
    COUNT,
    RATE,
    WHOLE,
    Each,
    OneOf,
    check_geometric,
    check_lengths,
)
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.serialization import deserialize, serialize
from tf_schedules.core.values import describe

__all__ = [
    "BOUNDARY",
    "COUNT",
    "RATE",
    "WHOLE",
    "AnySchedule",
    "AnySchedules",
    "AtLeastOne",
    "Configured",
    "Count",
    "Curve",
    "Each",
    "Finite",
    "Flag",
    "Landmarks",
    "Name",
    "NonNegative",
    "Number",
    "Numbers",
    "OneOf",
    "Positive",
    "PositiveCount",
    "Ramp",
    "Rate",
    "Rates",
    "Schedule",
    "UnitInterval",
    "Whole",
    "as_schedule",
    "bounded",
    "check_geometric",
    "check_lengths",
    "describe",
    "deserialize",
    "from_keras",
    "functions",
    "hyperparameter",
    "increasing",
    "own_schedule",
    "path_of",
    "positive",
    "registry",
    "rules",
    "serialization",
    "serialize",
    "unit_interval",
    "values",
]
