"""Learning-rate schedules for TensorFlow, exact at every step."""

from tf_schedules.cosine import CosineDecayRestarts
from tf_schedules.decay import ExponentialDecay
from tf_schedules.saved_model import SavedModelSchedule, export, load
from tf_schedules.schedule import Schedule

__version__ = "0.1.0"
__all__ = [
    "CosineDecayRestarts",
    "ExponentialDecay",
    "SavedModelSchedule",
    "Schedule",
    "export",
    "load",
]
