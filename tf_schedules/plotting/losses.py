"""Losses over learning rates."""

from typing import TYPE_CHECKING

import numpy as np

from tf_schedules.plotting.axes import GREY, mark, new_axes
from tf_schedules.plotting.picture import LINE, html_from, svg_from

if TYPE_CHECKING:
    import matplotlib.axes


def plot_losses(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    suggestion: float | None,
    ax: "matplotlib.axes.Axes | None" = None,
) -> "matplotlib.axes.Axes":
    """Draws losses and smoothed losses over rates, and marks one rate.

    Args:
      rates: rising rates.
      losses: the loss at each of them.
      smoothed: the smoothed losses.
      suggestion: the rate to mark; None for none.
      ax: the axes to draw into; None for those of a new figure.

    Returns:
      The axes.

    Raises:
      ImportError: if there is no Matplotlib.
    """
    if ax is None:
        ax = new_axes()
    ax.plot(rates, losses, color=GREY, linewidth=0.6, label="loss")
    ax.plot(rates, smoothed, color=LINE, label="smoothed")
    ax.set_xscale("log")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("loss")
    if len(losses):
        # What diverges leaves the picture.
        until = int(np.argmin(losses)) + 1
        low, high = np.min(losses), np.max(losses[:until])
        margin = 0.1 * ((high - low) or 1.0)
        ax.set_ylim(low - margin, high + 2 * margin)
    if suggestion is not None:
        mark(ax, suggestion, f"{suggestion:.3g}")
    return ax


def html_of_losses(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    suggestion: float | None,
    text: str,
) -> str | None:
    """What a notebook shows: the picture and a text; None for the text."""
    return html_from(
        lambda: svg_of_losses(rates, losses, smoothed, suggestion), text
    )


def svg_of_losses(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    suggestion: float | None,
) -> str:
    """The picture as SVG, with its text alternative."""
    words = f"The loss at {len(rates)} learning rates"
    if len(rates):
        words += (
            f" from {rates[0]:.3g} to {rates[-1]:.3g}: it starts at "
            f"{losses[0]:.3g} and is lowest with {np.min(losses):.3g} at "
            f"{rates[np.argmin(losses)]:.3g}"
        )
    marked = "none" if suggestion is None else f"{suggestion:.3g}"
    return svg_from(
        lambda ax: plot_losses(rates, losses, smoothed, suggestion, ax),
        "Learning-rate range test",
        f"{words}; suggestion: {marked}.",
    )
