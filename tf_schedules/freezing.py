"""Schedules with numbers in place of variables."""

from tf_schedules import arguments
from tf_schedules.saved_model_schedule import SavedModelSchedule
from tf_schedules.schedule import Schedule


def frozen(schedule: Schedule) -> Schedule:
    """A copy of a schedule whose variables are numbers, at their value now.

    Raises:
      ValueError: if an argument is a symbolic tensor.
    """
    if isinstance(schedule, SavedModelSchedule):
        return schedule.with_constants()
    names = schedule._arguments
    return type(schedule)(**{n: _frozen(schedule._argument(n)) for n in names})


def _frozen(argument):
    if isinstance(argument, tuple):
        return tuple(map(_frozen, argument))
    if isinstance(argument, Schedule):
        return frozen(argument)
    return arguments.constant(argument)
