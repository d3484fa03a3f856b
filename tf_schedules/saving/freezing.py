"""Frozen copies of schedules, with numbers in place of variables."""

from typing import Any

from tf_schedules.core import values
from tf_schedules.core.schedule import Schedule
from tf_schedules.saving.saved_model_schedule import SavedModelSchedule
from tf_schedules.schedules.adjustable import EditTable
from tf_schedules.schedules.function import FromFunction


def frozen(schedule: Schedule) -> Schedule:
    """A copy of a schedule, with numbers in place of its variables.

    Raises:
      ValueError: if an argument is a symbolic tensor, or a part of the schedule
        cannot do without its variables.
    """
    if isinstance(schedule, SavedModelSchedule):
        return schedule.loaded_copy(variables=False)
    if isinstance(schedule, FromFunction):
        return schedule.with_constants()

    def constant(argument: Any) -> Any:
        if isinstance(argument, Schedule):
            return frozen(argument)
        if isinstance(argument, EditTable):
            return argument.with_constants()
        return values.constant(argument)

    return schedule._changed(constant)
