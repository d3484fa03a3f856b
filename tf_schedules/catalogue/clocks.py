"""A schedule for a run that is longer or shorter than the published one."""

import math
from typing import Any

from tf_schedules.core import Schedule
from tf_schedules.schedules import PiecewiseConstantDecay, Sequence, TimeScaled


def for_a_run_of(
    schedule: Schedule, steps: int, published_steps: int
) -> Schedule:
    """The schedule on the clock of a run of so many steps.

    What began at a step of the published run begins at that part of this one,
    or at the first step after. The ratio is held as two whole numbers: neither
    it nor lengths times it need be decimals, which hyperparameters are.
    """
    if steps == published_steps:
        return schedule
    if isinstance(schedule, TimeScaled):  # one ratio is rounded less than two
        inner, factor, is_stepwise, name, per = map(
            schedule._argument, schedule._arguments
        )
        return TimeScaled(
            inner, factor * steps, is_stepwise, name, per * published_steps
        )
    return TimeScaled(_by_first_steps(schedule), steps, per=published_steps)


def _by_first_steps(schedule: Any) -> Any:
    """With the first step of each constant rate, not the last of the former.

    Where a clock is slow there are steps between the two.
    """
    if isinstance(schedule, PiecewiseConstantDecay):
        boundaries = schedule._argument("boundaries")
        firsts = [math.floor(boundary) + 1 for boundary in boundaries]
        return Sequence(schedule._argument("values"), firsts)
    if isinstance(schedule, Schedule) and not isinstance(schedule, TimeScaled):
        return schedule._changed(_by_first_steps)
    return schedule
