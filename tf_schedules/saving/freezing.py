"""Schedules as they are exported: copies, with numbers for variables."""

import tensorflow as tf

from tf_schedules.core import values
from tf_schedules.core.schedule import Schedule
from tf_schedules.saving.saved_model_schedule import SavedModelSchedule
from tf_schedules.schedules.adjustable import EditTable


def frozen(
    schedule: Schedule, dtype: tf.DType, variables: bool = False
) -> Schedule:
    """A copy of a schedule, with the schedules that it is made of.

    Args:
      schedule: the schedule to copy.
      dtype: what the copy calculates in, float64 or float32.
      variables: whether variables stay, instead of their values now.

    Raises:
      ValueError: if an argument is a symbolic tensor, or what is part of a
        schedule cannot do without its variables.
    """

    def copied(argument):
        if isinstance(argument, tuple):
            return tuple(map(copied, argument))
        if isinstance(argument, Schedule):
            return frozen(argument, dtype, variables)
        if variables:
            return argument
        if isinstance(argument, EditTable):
            return argument.with_constants()
        return values.constant(argument)

    if isinstance(schedule, SavedModelSchedule):
        copy = schedule.loaded_copy(variables)
    else:
        arguments = {n: schedule._argument(n) for n in schedule._arguments}
        copy = type(schedule)(**{n: copied(v) for n, v in arguments.items()})
    copy._working_dtype = dtype
    return copy
