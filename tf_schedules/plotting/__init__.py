"""Schedules that are looked at: in figures, notebooks and TensorBoard.

Which steps to look at is decided once, in `curve`. What only a terminal shows
belongs to the driver.
"""

from tf_schedules.core import Schedule
from tf_schedules.plotting.axes import plot
from tf_schedules.plotting.curve import (
    Curve,
    curve_of,
    equidistant,
    landmark_steps,
)
from tf_schedules.plotting.losses import html_of_losses, plot_losses
from tf_schedules.plotting.picture import html_of
from tf_schedules.plotting.plan import write_plan

__all__ = [
    "Curve",
    "curve_of",
    "equidistant",
    "html_of_losses",
    "landmark_steps",
    "plot",
    "plot_losses",
    "write_plan",
]

# What a notebook shows. The base class, below this room, cannot import it.
Schedule._repr_html_ = html_of  # type: ignore[attr-defined]
