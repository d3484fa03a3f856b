"""A schedule for a run that is longer or shorter than the published one."""

import math
from fractions import Fraction
from typing import Any

from tf_schedules.core import Schedule
from tf_schedules.numerics import as_fraction
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
    return TimeScaled(_by_first_steps(schedule), steps, per=published_steps)


def _by_first_steps(schedule: Any) -> Any:
    """With the first step of each constant rate, not the last of the former.

    Where a clock is slow there are steps between the two.
    """
    pieces, pace = schedule, Fraction(1)
    if isinstance(schedule, TimeScaled) and schedule.staircase is False:
        pieces = schedule._argument("schedule")
        factor, per = map(as_fraction, schedule._now("factor", "per"))
        pace = factor / per
    if isinstance(pieces, PiecewiseConstantDecay):
        boundaries = map(as_fraction, pieces._now("boundaries"))
        firsts = [math.floor(boundary * pace) + 1 for boundary in boundaries]
        made = Sequence(pieces._argument("values"), firsts)
        return made.with_precision(schedule._precision_of_all())
    if isinstance(schedule, Schedule) and not isinstance(schedule, TimeScaled):
        return schedule._changed(_by_first_steps)
    return schedule
