"""Frozen copies of schedules, with numbers in place of variables."""

from typing import Any

from tf_schedules.core import Schedule, functions, values
from tf_schedules.saving.saved_model_schedule import SavedModelSchedule
from tf_schedules.schedules import EditTable, FromFunction


def frozen(schedule: Schedule) -> Schedule:
    """A copy of a schedule, with numbers in place of its variables.

    Raises:
      ValueError: if an argument is a symbolic tensor, or a part of the schedule
        cannot do without its variables.
    """
    if isinstance(schedule, SavedModelSchedule):
        return schedule.loaded_copy(variables=False)
    if isinstance(schedule, FromFunction):
        return schedule._changed(
            lambda value: (
                functions.with_constants(value)
                if value is schedule.function
                else value
            )
        )

    def constant(argument: Any) -> Any:
        if isinstance(argument, Schedule):
            return frozen(argument)
        if isinstance(argument, EditTable):
            return argument.with_constants()
        return values.constant(argument)

    return schedule._changed(constant)
