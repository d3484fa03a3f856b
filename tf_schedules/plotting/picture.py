"""A schedule as a small picture, for notebooks and documents."""

import html
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tf_schedules.core import Schedule
from tf_schedules.plotting.axes import GREY, annotate, draw
from tf_schedules.plotting.curve import Curve, curve_of

if TYPE_CHECKING:
    import matplotlib.axes

_COLUMNS = 250
LINE = "#2f7fd0"
_STYLE: dict[str, Any] = {
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "sans-serif",
    "font.size": 8.0,
    "path.simplify_threshold": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "tf_schedules",
    "text.color": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
}


def svg_of(schedule: Schedule, steps: int | None = None) -> str:
    """A schedule as SVG of a few kilobytes, with its text alternative.

    Args:
      schedule: the schedule.
      steps: how many steps, from step 0 on; None for the schedule's own
        length.

    Raises:
      ImportError: if there is no Matplotlib.
    """
    curve = curve_of(schedule, steps)

    def draw_into(axes: "matplotlib.axes.Axes") -> None:
        from matplotlib.ticker import EngFormatter

        draw(axes, curve.thinned(_COLUMNS), color=LINE, linewidth=1.4)
        axes.margins(x=0.02)
        axes.set_ylim(*_limits(curve))
        annotate(axes, schedule, curve)
        axes.locator_params(nbins=5)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_formatter("{x:g}")

    name = type(schedule).__name__
    return svg_from(draw_into, name, description(schedule, curve))


def svg_from(
    draw_into: Callable[["matplotlib.axes.Axes"], Any], title: str, words: str
) -> str:
    """A small picture as SVG.

    Args:
      draw_into: draws into the axes that it is given.
      title: the title.
      words: the text alternative.

    Raises:
      ImportError: if there is no Matplotlib.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.2, 1.7), layout="constrained")
        draw_into(figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True)
    return _described(file.getvalue(), title, words)


def html_of(schedule: Schedule) -> str | None:
    """What a notebook shows: the picture and the repr; None for the repr."""
    return html_from(lambda: svg_of(schedule), repr(schedule))


def html_from(draw_svg: Callable[[], str], text: str) -> str | None:
    """A picture and a text; None without Matplotlib."""
    try:
        picture = draw_svg()
    except ImportError:
        return None
    return f"{picture}<pre>{html.escape(text)}</pre>"


def _limits(curve: Curve) -> tuple[float, float]:
    low, high = curve.bounds
    low = min(low, 0.0)
    margin = 0.06 * ((high - low) or 1.0)
    return low - (margin if low < 0 else 0.0), high + margin


def description(schedule: Schedule, curve: Curve) -> str:
    """A picture in words."""
    low, high = curve.bounds
    jumps = int(curve.jumps.sum())
    return (
        f"The learning rate of {type(schedule).__name__} over "
        f"{curve.steps[-1] + 1} steps: it starts at {curve.rates[0]:.3g}, is "
        f"highest with {high:.3g} at step {curve.peak}, lowest with "
        f"{low:.3g}, has {jumps} jump{'s' * (jumps != 1)} and ends at "
        f"{curve.rates[-1]:.3g}."
    )


def _with_short_numbers(tag: re.Match[str]) -> str:
    return re.sub(r"\d+\.\d{3,}", lambda x: f"{float(x[0]):.2f}", tag[0])


def _described(text: str, title: str, words: str) -> str:
    """SVG with its text alternative, without what no reader needs."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r">\s+<", "><", text)
    text = re.sub(r"font-family: [^;]*", "font-family: sans-serif", text)
    text = re.sub("<[^>]*>", _with_short_numbers, text)
    title, words = html.escape(title), html.escape(words)
    return re.sub(
        r"<svg([^>]*)>",
        rf'<svg\1 role="img" aria-label="{words}">'
        f"<title>{title}</title><desc>{words}</desc>",
        text,
        count=1,
    )
