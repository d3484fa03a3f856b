"""Where something happens in a schedule: what a picture must not miss."""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

# More restarts than this are thinned evenly: no picture has as many columns.
_MOST = 2**15
_SHOWN_CYCLES = 4
# The length of what is shown, in first cycles, where cycles grow fast.
_MOST_GROWTH = 100


def _nowhere(limit: float) -> np.ndarray:
    return np.empty(0)


def _spread(count: float, most: int) -> np.ndarray:
    """All of 0, 1, ..., count - 1, or so many of them at equal distances."""
    if count <= most:
        return np.arange(count)
    return np.floor(np.linspace(0, count - 1, most))


class Landmarks(NamedTuple):
    """The restarts, boundaries and peaks of a schedule.

    A position is a real number of steps: a rate that jumps does so between
    the whole steps next to it. Between two of them the rate is smooth.

    Attributes:
      length: the steps to the end of the decay, or over some cycles; 0 where
        there is neither.
      positions: from a limit to the ascending positions up to it, which are
        thinned where they are too many to be seen.
      notes: positions and what to write there.
    """

    length: float = 0.0
    positions: Callable[[float], np.ndarray] = _nowhere
    notes: tuple[tuple[float, str], ...] = ()

    @classmethod
    def at(cls, *positions: float) -> "Landmarks":
        """These positions; the length is the last one."""
        known = np.array(sorted(positions), np.float64)

        def up_to(limit: float) -> np.ndarray:
            return known[known <= limit]

        return cls(max([0.0, *positions]), up_to)

    @classmethod
    def cycles(cls, first: float, ratio: float = 1.0) -> "Landmarks":
        """The ends of cycles, each `ratio` times as long as the one before."""
        growth = math.log(ratio)

        def end(index: np.ndarray) -> np.ndarray:
            if ratio == 1:
                return first * index
            return first * np.expm1(index * growth) / (ratio - 1)

        def up_to(limit: float) -> np.ndarray:
            count = limit / first
            if ratio > 1:
                count = math.log1p(count * (ratio - 1)) / growth
            ends = end(_spread(math.floor(count) + 1, _MOST) + 1)
            return ends[ends <= limit]

        lengths = end(np.arange(2, _SHOWN_CYCLES + 1))
        shown = [x for x in lengths if x <= _MOST_GROWTH * first]
        return cls(float(max(shown, default=lengths[0])), up_to)

    def lasting(self, length: float) -> "Landmarks":
        """The same, with another length."""
        return self._replace(length=length)

    def noted(self, notes: Iterable[tuple[float, str]]) -> "Landmarks":
        """The same, with more notes."""
        return self._replace(notes=(*self.notes, *notes))

    def shifted(self, steps: float) -> "Landmarks":
        """Those of the same schedule when it starts later, or earlier."""

        def up_to(limit: float) -> np.ndarray:
            if limit < steps:
                return np.empty(0)
            moved = self.positions(limit - steps) + steps
            start = [steps] if 0 < steps <= limit else []
            return np.concatenate([start, moved[moved > max(steps, 0)]])

        notes = tuple((at + steps, text) for at, text in self.notes)
        return Landmarks(max(self.length + steps, 0.0), up_to, notes)

    def slowed(self, factor: float) -> "Landmarks":
        """Those of the same schedule on a clock that is slower."""
        notes = tuple((at * factor, text) for at, text in self.notes)
        return Landmarks(
            self.length * factor,
            lambda limit: self.positions(limit / factor) * factor,
            notes,
        )

    def until(self, end: float) -> "Landmarks":
        """Those of the same schedule when it is left at an end."""
        return Landmarks(
            min(self.length, end),
            lambda limit: self.positions(min(limit, end)),
            tuple(note for note in self.notes if note[0] < end),
        )

    def repeated(self, period: float) -> "Landmarks":
        """Those of the same schedule when it begins again and again."""

        def up_to(limit: float) -> np.ndarray:
            inside = self.positions(min(period, limit))
            once = np.union1d(0.0, inside[inside < period])
            periods = math.floor(limit / period) + 1
            chosen = _spread(periods, max(_MOST // len(once), 1))
            every = np.ravel(chosen[:, np.newaxis] * period + once)
            return every[(every > 0) & (every <= limit)]

        return Landmarks(_SHOWN_CYCLES * period, up_to)

    def __or__(self, other: "Landmarks") -> "Landmarks":
        """Those of two schedules that run side by side."""

        def up_to(limit: float) -> np.ndarray:
            return np.union1d(self.positions(limit), other.positions(limit))

        return Landmarks(
            max(self.length, other.length), up_to, self.notes + other.notes
        )
