"""Schedules as curves in Matplotlib's axes."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from tf_schedules.core import Schedule, as_schedule
from tf_schedules.plotting.curve import Curve, curve_of, length_of

if TYPE_CHECKING:
    import matplotlib.axes

_COLUMNS = 1000
_MOST_LABEL = 72
GREY = "#767676"  # readable on white as well as on black
_ROOM = 0.2  # above the curves, for notes


def plot(
    *schedules: Any,
    steps: int | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
    log: bool = False,
    run: Any = None,
) -> "matplotlib.axes.Axes":
    """Draws schedules into one picture.

    No restart, boundary or peak is missed or smeared, however long the run
    is: a jump is a gap with a dotted line from the last step before it to the
    first one after it, and cycles that are too short to be seen fill the band
    between their lowest and highest rates.

    Args:
      *schedules: schedules of this package or of Keras, or rates; at least
        one.
      steps: how many steps to draw, from step 0 on: a whole number from 1 to
        2**63; None for those of `run` or, without one, of the longest
        schedule.
      ax: the axes to draw into; None for those of a new figure.
      log: whether the rates are on a logarithmic scale.
      run: what has `total_steps` and `epochs`, so that epochs are drawn
        instead of steps; None for steps.

    Returns:
      The axes. `ax.figure.savefig("rates.png")` saves the picture.

    Raises:
      ImportError: if there is no Matplotlib.
      TypeError: if an argument is of the wrong type.
      ValueError: if there are no schedules or `steps` is out of its range.

    >>> from tf_schedules import CosineDecayRestarts
    >>> ax = plot(CosineDecayRestarts(0.1, first_decay_steps=300), 0.05)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('step', 'learning rate')

    Source: Jugel et al., M4: A Visualization-Oriented Time Series Data
    Aggregation, https://doi.org/10.14778/2732951.2732953.
    """
    if not schedules:
        raise ValueError(
            "schedules must be at least one; got none. Pass what to draw."
        )
    chosen = [as_schedule("schedules", schedule) for schedule in schedules]
    if steps is None:
        steps = length_of(*chosen) if run is None else run.total_steps
    curves = [curve_of(schedule, steps) for schedule in chosen]
    if ax is None:
        ax = new_axes()
    per_unit = 1.0 if run is None else run.total_steps / run.epochs
    for schedule, curve in zip(chosen, curves, strict=True):
        label = textwrap.shorten(
            repr(schedule), _MOST_LABEL, placeholder=" \N{HORIZONTAL ELLIPSIS}"
        )
        draw(ax, curve.thinned(_COLUMNS), per_unit, label=label)
    if len(chosen) == 1:
        annotate(ax, chosen[0], curves[0], per_unit)
    ax.set_xlabel("step" if run is None else "epoch")
    ax.xaxis.set_major_formatter(_short_numbers())
    ax.set_ylabel("learning rate")
    if log:
        ax.set_yscale("log")
    # Above, where it hides no curve.
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        fontsize="small",
        frameon=False,
    )
    return ax


def draw(
    ax: "matplotlib.axes.Axes",
    curve: Curve,
    per_unit: float = 1.0,
    **style: Any,
) -> None:
    """Draws a curve: a line with gaps where it jumps, which are dotted."""
    x = curve.steps / per_unit
    y = np.where(np.isfinite(curve.rates), curve.rates, np.nan)
    after = np.flatnonzero(curve.jumps) + 1
    (line,) = ax.plot(
        np.insert(x, after, np.nan), np.insert(y, after, np.nan), **style
    )
    if after.size:
        gap = np.full(after.shape, np.nan)
        ax.plot(
            np.ravel(np.column_stack([x[after - 1], x[after], gap])),
            np.ravel(np.column_stack([y[after - 1], y[after], gap])),
            color=line.get_color(),
            linestyle=":",
            linewidth=0.6 * line.get_linewidth(),
        )


def annotate(
    ax: "matplotlib.axes.Axes",
    schedule: Schedule,
    curve: Curve,
    per_unit: float = 1.0,
) -> None:
    """Marks the segments of a `Sequence` and the edits of an `Adjustable`."""
    length = curve.steps[-1]
    notes = [x for x in schedule._landmarks().notes if 0 <= x[0] <= length]
    if notes and ax.get_yscale() == "linear":
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + _ROOM * (high - low))
    for row, (at, text) in enumerate(notes):
        mark(ax, at / per_unit, text, row)


def mark(ax: "matplotlib.axes.Axes", x: float, text: str, row: int = 0) -> None:
    """Draws a dashed line with a note, in one of two rows."""
    ax.axvline(x, color=GREY, linewidth=0.7, linestyle="--")
    ax.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -1 - 9 * (row % 2)),
        textcoords="offset points",
        va="top",
        fontsize="small",
        color=GREY,
    )


def _short_numbers() -> Any:
    """200 000 as 200k."""
    from matplotlib.ticker import EngFormatter

    return EngFormatter(sep="")


def new_axes() -> "matplotlib.axes.Axes":
    """The axes of a new figure.

    Raises:
      ImportError: if there is no Matplotlib.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "plot needs Matplotlib; got none. Run pip install "
            "'tf-schedules[plot]'."
        ) from error
    _, axes = pyplot.subplots(layout="constrained")
    return axes
