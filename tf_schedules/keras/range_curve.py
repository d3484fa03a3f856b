"""The losses of a range test, and the rate that they suggest."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tf_schedules.plotting import html_of_losses, plot_losses

if TYPE_CHECKING:
    import matplotlib.axes

_FEWEST = 10
# Of the first loss, and of the standard error of a mean.
_LEAST_FALL = 0.01
_STANDARD_ERRORS = 5.0


@dataclasses.dataclass(frozen=True, eq=False)
class RangeCurve:
    """What a range test found.

    Attributes:
      rates: the rates of the steps whose loss is known, rising.
      losses: the loss of each of these steps.
      smoothed: the exponential mean of the losses up to each step.
      suggestion: the suggested rate; None for no suggestion.
      how: how the suggestion was chosen, or why there is none.
    """

    rates: np.ndarray = dataclasses.field(repr=False)
    losses: np.ndarray = dataclasses.field(repr=False)
    smoothed: np.ndarray = dataclasses.field(repr=False)
    suggestion: float | None
    how: str

    def plot(
        self, ax: "matplotlib.axes.Axes | None" = None
    ) -> "matplotlib.axes.Axes":
        """Draws the losses over the rates, and marks the suggestion.

        Args:
          ax: the axes to draw into; None for those of a new figure.

        Returns:
          The axes.

        Raises:
          ImportError: if there is no Matplotlib.
        """
        return plot_losses(
            *(self.rates, self.losses, self.smoothed, self.suggestion), ax
        )

    def _repr_html_(self) -> str | None:
        return html_of_losses(
            *(self.rates, self.losses, self.smoothed, self.suggestion),
            repr(self),
        )


def choose(
    rates: np.ndarray,
    losses: Sequence[float],
    smoothed: Sequence[float],
    method: str,
) -> RangeCurve:
    """The curve of a test, with the suggestion of a method.

    Args:
      rates: the rates that were planned; the first ones have losses.
      losses: the losses.
      smoothed: the smoothed losses.
      method: one of `METHODS`.
    """
    count = len(losses)
    curve = rates[:count], np.array(losses), np.array(smoothed)
    problem = _problem(*curve[:2])
    if problem:
        return RangeCurve(*curve, None, problem)
    first = count // 10
    index = first + METHODS[method](curve[0][first:], curve[2][first:])
    suggestion = float(rates[index])
    how = f"{method}: step {index} of {count}, from {rates[0]:.3g} on"
    return RangeCurve(*curve, suggestion, how)


def _problem(rates: np.ndarray, losses: np.ndarray) -> str | None:
    """The reason for no suggestion, or None."""
    count = len(losses)
    if count < _FEWEST:
        return (
            f"a suggestion needs {_FEWEST} losses before they diverge; got "
            f"{count}. Pass a lower start, more steps or more data."
        )
    width = max(count // 10, 3)
    means = np.convolve(losses, np.full(width, 1 / width), "valid")
    # The first mean, too: a loss that only rises is lowest at its start.
    before = min(np.median(losses[: max(count // 5, 3)]), means[0])
    fall = before - means.min()
    # Of normal noise up to the lowest mean, by second differences, which a
    # steady fall leaves at 0; their median ignores outliers.
    until = int(means.argmin()) + width
    noise = np.median(np.abs(np.diff(losses[:until], 2))) / 1.652
    least = max(
        _LEAST_FALL * abs(before), _STANDARD_ERRORS * noise / width**0.5
    )
    if fall > least:
        return None
    return (
        f"the loss must fall by more than {least:.2g}, given its noise; it "
        f"falls from {before:.4g} by {max(fall, 0.0):.2g} between the rates "
        f"{rates[0]:.2g} and {rates[-1]:.2g}. Pass a wider range, more steps "
        "or larger batches."
    )


def _valley(rates: np.ndarray, smoothed: np.ndarray) -> int:
    """Half the longest falling run before its end."""
    lengths = np.ones(len(smoothed), int)
    for i, loss in enumerate(smoothed):
        lengths[i] += max(lengths[:i][smoothed[:i] > loss], default=0)
    end = int(lengths.argmax())
    return end - int(lengths[end]) // 2


def _steepest(rates: np.ndarray, smoothed: np.ndarray) -> int:
    """The steepest fall, over the logarithm of the rate, to the minimum."""
    slopes = np.gradient(smoothed, np.log(rates))
    return int(slopes[: max(int(smoothed.argmin()), 1)].argmin())


METHODS = {"steepest": _steepest, "valley": _valley}
