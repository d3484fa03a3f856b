"""The curve of a schedule: the steps at which it is looked at, and its rates.

Up to 100 000 steps it is looked at every one of them. In longer runs those
around each landmark are looked at, many at equal and at growing distances, and
ever more around the highest rate found, until there is none between.
"""

from typing import NamedTuple

import numpy as np

from tf_schedules.core import Landmarks, Schedule, rules

_EVERY_STEP = 100_000
_EQUAL_DISTANCES = 2**12
_AROUND = np.arange(-2, 3)
_ZOOM = 64
_DEFAULT_LENGTH = 1000
_FAR = 2**62  # an int64, as a float64 too
_MOST_STEPS = 2**63  # the last one is the largest int64
# A jump is so much larger than the changes next to it.
_JUMP = 4.0


class Curve(NamedTuple):
    """Rates at some steps, from step 0 to the last one.

    Attributes:
      steps: ascending whole steps, 0 among them.
      rates: the rate at each of them, in float64.
      jumps: for each step but the last, whether the rate jumps from it to the
        next whole step, which then is the next of `steps`.
    """

    steps: np.ndarray
    rates: np.ndarray
    jumps: np.ndarray

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest rate that are finite."""
        finite = self.rates[np.isfinite(self.rates)]
        return min(finite, default=0.0), max(finite, default=0.0)

    @property
    def peak(self) -> int:
        """The step of the highest rate, the first of several."""
        return int(self.steps[_highest(self.rates)])

    def thinned(self, columns: int) -> "Curve":
        """The same picture in so many columns, with fewer points.

        Each column keeps its first and last, its lowest and highest rate, and
        so the envelope of cycles that are too short to be seen.
        """
        if len(self.steps) <= 2 * columns:
            return self
        part = self.steps / self.steps[-1]
        column = np.minimum((part * columns).astype(int), columns - 1)
        by_rate = np.lexsort((self.rates, column))
        ends = np.flatnonzero(np.diff(column))
        kept = {0, len(column) - 1, *ends, *(ends + 1)}
        jumps = np.flatnonzero(self.jumps)
        if len(jumps) <= columns:
            kept |= {*jumps, *(jumps + 1)}
        for order in (by_rate, by_rate[::-1]):
            kept.update(order[np.unique(column[order], return_index=True)[1]])
        seen = np.array(sorted(kept))
        # Between two points that are kept no jump gets lost.
        jumped = np.append(0, np.cumsum(self.jumps))[seen]
        near = np.diff(self.steps[seen]) == 1
        return Curve(
            self.steps[seen],
            self.rates[seen],
            near & (np.diff(jumped) > 0),
        )


def length_of(*schedules: Schedule) -> int:
    """How many steps to show: to the end of a decay, or some cycles."""
    length = max(schedule._landmarks().length for schedule in schedules)
    return round(min(length, _FAR)) or _DEFAULT_LENGTH


def curve_of(schedule: Schedule, steps: int | None = None) -> Curve:
    """The curve of a schedule from step 0 on.

    Args:
      schedule: the schedule.
      steps: how many steps, a whole number from 1 to 2**63; None for the
        schedule's own length, up to 2**62.

    Raises:
      TypeError: if `steps` is not a number.
      ValueError: if `steps` is out of its range.
    """
    if steps is None:
        steps = length_of(schedule)
    rules.POSITIVE_COUNT.check("steps", steps)
    if int(steps) > _MOST_STEPS:
        raise ValueError(
            f"steps must be at most 2**63, as steps are int64; got {steps!r}. "
            "Pass fewer."
        )
    chosen = _chosen_steps(schedule._landmarks(), int(steps) - 1)
    chosen, rates = _zoomed_to_the_peak(schedule, chosen)
    return Curve(chosen, rates, _find_jumps(schedule, chosen, rates))


def equidistant(first: int, last: int, parts: int) -> np.ndarray:
    """Whole steps from the first to the last, which float64 might not hold."""
    length = int(last) - int(first)
    return np.array([first + length * i // parts for i in range(parts + 1)])


def landmark_steps(landmarks: Landmarks, last: int) -> np.ndarray:
    """The whole step next to each landmark up to a last step."""
    return np.rint(landmarks.positions(min(last, _FAR))).astype(np.int64)


def _chosen_steps(landmarks: Landmarks, last: int) -> np.ndarray:
    if last < _EVERY_STEP:
        return np.arange(last + 1)
    marks = landmark_steps(landmarks, last)
    growing = 2 ** np.arange(last.bit_length())
    equal = equidistant(0, last, _EQUAL_DISTANCES)
    around = np.ravel(marks[:, np.newaxis] + _AROUND)
    ends = np.array([last - 1, last])
    chosen = np.unique(np.concatenate([equal, growing, around, ends]))
    return chosen[(chosen >= 0) & (chosen <= last)]


def _rates_at(schedule: Schedule, steps: np.ndarray) -> np.ndarray:
    return schedule(steps.astype(np.int64)).numpy().astype(np.float64)


def _highest(rates: np.ndarray) -> int:
    return int(np.argmax(np.where(np.isnan(rates), -np.inf, rates)))


def _zoomed_to_the_peak(
    schedule: Schedule, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rates = _rates_at(schedule, steps)
    while True:
        highest = _highest(rates)
        low = steps[max(highest - 1, 0)]
        high = steps[min(highest + 1, len(steps) - 1)]
        between = np.setdiff1d(equidistant(low, high, _ZOOM), steps)
        if not between.size:
            return steps, rates
        order = np.argsort(np.concatenate([steps, between]), kind="stable")
        found = _rates_at(schedule, between)
        steps = np.concatenate([steps, between])[order]
        rates = np.concatenate([rates, found])[order]


def _find_jumps(
    schedule: Schedule, steps: np.ndarray, rates: np.ndarray
) -> np.ndarray:
    distances = np.diff(steps)
    with np.errstate(invalid="ignore"):  # between two infinite rates
        changes = np.abs(np.diff(rates))
    slopes = np.concatenate([[0.0], changes / distances, [0.0]])
    sizes = np.maximum(np.abs(rates[1:]), np.abs(rates[:-1]))
    # In 16 bits a slow decay is a staircase, of steps that are no jumps.
    least = 0.03 if schedule.dtype.size == 2 else 1e-3
    return (
        (distances == 1)
        & (changes > least * sizes)
        & (changes > _JUMP * np.maximum(slopes[:-2], slopes[2:]))
    )
