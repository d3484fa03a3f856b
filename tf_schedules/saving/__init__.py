"""Schedules on disk: exports to SavedModels, and loads from them."""

from tf_schedules.saving.saved_model_schedule import SavedModelSchedule
from tf_schedules.saving.versions import export, load

__all__ = [
    "SavedModelSchedule",
    "export",
    "load",
]
