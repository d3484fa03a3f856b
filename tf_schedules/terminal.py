"""Tables and curves of schedules as text."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from tf_schedules.core import Schedule
from tf_schedules.plotting import Curve, equidistant, landmark_steps

_ROWS = 21
_MOST_PHASES = 8
_BAR = 40
_HEIGHT = 12
_LEAST_COLUMNS = 10
# The dots of a character of Braille: by column, from its top to its bottom.
_BRAILLE = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_FIRST_BRAILLE = 0x2800
# The axes in ASCII, and with what is in a font that has Braille.
_SIDE = ("|", "\u2502")
_BOTTOM = (("+", "-", "+"), ("\u2514", "\u2500", "\u252c"))


def steps_that_matter(schedule: Schedule, curve: Curve) -> dict[int, str]:
    """Steps with what they are, and others between them, about 21 in all.

    The first and the last step, that of the highest rate, those next to a
    jump, and those where the rate takes a turn; where there are many jumps and
    turns, a few of them at equal distances.
    """
    last = int(curve.steps[-1])
    phases: list[dict[int, str]] = [
        {int(step): "last before", int(step) + 1: "jump"}
        for step in curve.steps[:-1][curve.jumps]
    ]
    jumped = {step for phase in phases for step in phase}
    turns = landmark_steps(schedule._landmarks(), last)
    around = {step + d for step in jumped for d in (-1, 1)}
    phases += [{int(step): "turn"} for step in {*turns.tolist()} - around]
    phases.sort(key=min)
    notes: dict[int, list[str]] = {}
    for phase in (
        {0: "start"},
        {curve.peak: "peak"},
        {last: "end"},
        *_some(phases),
    ):
        for step, note in phase.items():
            if note != "turn" or step not in notes:
                notes.setdefault(step, []).append(note)
    chosen = {step: ", ".join(words) for step, words in notes.items()}
    between = equidistant(0, last, max(_ROWS - len(chosen), 0) + 1)
    others = dict.fromkeys(between.tolist(), "")
    return dict(sorted((others | chosen).items()))


def _some(phases: list[dict[int, str]]) -> list[dict[int, str]]:
    most = min(_MOST_PHASES, len(phases))
    chosen = np.linspace(0, len(phases) - 1, most).astype(int)
    return [phases[i] for i in chosen]


def table(
    rates: np.ndarray,
    notes: Mapping[int, str],
    width: int,
    bars: bool,
) -> list[str]:
    """Lines of steps, rates, bars and notes.

    Args:
      rates: the rate at each step of `notes`.
      notes: steps, and what they are.
      width: how many characters a line may have.
      bars: whether to draw bars as long as the rates are high.
    """
    sizes = np.abs(rates.astype(np.float64))
    highest = max(sizes[np.isfinite(sizes)], default=0.0) or 1.0
    parts = np.nan_to_num(np.minimum(sizes / highest, 1.0))
    texts = [str(rate) for rate in rates]
    column = max(map(len, ["learning_rate", *texts]))
    words = max(map(len, notes.values()))
    longest = max(min(_BAR, width - 18 - column - words), 0) if bars else 0
    lines = [f"{'step':>12}  learning_rate"]
    for (step, note), text, part in zip(
        notes.items(), texts, parts, strict=True
    ):
        bar = "#" * round(longest * part)
        line = f"{step:>12}  {text:<{column}}  {bar:<{longest}}"
        lines.append(f"{line}  {note}".rstrip())
    return lines


def drawing(
    curve: Curve, marks: Sequence[int], width: int, braille: bool
) -> list[str]:
    """Lines with a curve, its axes and the steps at some marks.

    Args:
      curve: the curve.
      marks: steps to mark, the most important ones first.
      width: how many characters a line has.
      braille: whether dots of Braille can be shown.
    """
    low, high = curve.bounds
    low = min(low, 0.0)
    labels = {0: f"{high:.4g}", _HEIGHT - 1: f"{low:.4g}"}
    gutter = max(map(len, ["step", *labels.values()]))
    columns = max(width - gutter - 2, _LEAST_COLUMNS)
    across, down = (2, 4) if braille else (1, 1)
    dots = _dots(curve, low, high, columns * across, _HEIGHT * down)
    lines = []
    for row in range(_HEIGHT):
        cells = (
            dots[x * across : (x + 1) * across, row * down : (row + 1) * down]
            for x in range(columns)
        )
        text = "".join(_character(cell, braille) for cell in cells)
        label = f"{labels.get(row, ''):>{gutter}}"
        lines.append(f"{label} {_SIDE[braille]}{text}".rstrip())
    return lines + _axis(curve, marks, gutter, columns, braille)


def _dots(
    curve: Curve, low: float, high: float, columns: int, rows: int
) -> np.ndarray:
    """Which dots of a raster a curve covers."""
    dots = np.zeros((columns, rows), bool)
    seen = curve.thinned(columns)
    known = np.isfinite(seen.rates)
    x = _columns_of(seen, seen.steps[known], columns)
    height = (seen.rates[known] - low) / ((high - low) or 1.0)
    y = np.rint((1.0 - height) * (rows - 1)).astype(int)
    points = list(zip(x, y, strict=True))
    for before, point in itertools.pairwise([*points[:1], *points]):
        xs = np.arange(before[0], point[0] + 1)
        ends = np.array([before, point])
        ys = np.rint(np.interp(xs, ends[:, 0], ends[:, 1])).astype(int)
        ys[-1] = point[1]
        starts = np.append(before[1], ys[:-1])
        for column, start, end in zip(xs, starts, ys, strict=True):
            dots[column, min(start, end) : max(start, end) + 1] = True
    return dots


def _columns_of(curve: Curve, steps: np.ndarray, columns: int) -> np.ndarray:
    part = steps / max(curve.steps[-1], 1)
    return np.rint(part * (columns - 1)).astype(int)


def _character(cell: np.ndarray, braille: bool) -> str:
    if not cell.any():
        return " "
    if not braille:
        return "*"
    bits = sum(
        bit
        for column, in_column in zip(_BRAILLE, cell, strict=True)
        for bit, is_set in zip(column, in_column, strict=True)
        if is_set
    )
    return chr(_FIRST_BRAILLE + bits)


def _axis(
    curve: Curve,
    marks: Sequence[int],
    gutter: int,
    columns: int,
    braille: bool,
) -> list[str]:
    corner, line, tick = _BOTTOM[braille]
    axis, labels = [line] * columns, [" "] * columns
    at = _columns_of(curve, np.array(marks), columns)
    for step, column in zip(marks, at.tolist(), strict=True):
        axis[column] = tick
        text = str(step)
        # In the middle below its tick, or as far to the right as is needed.
        middle = min(column - len(text) // 2, columns - len(text))
        for start in range(max(middle, 0), column + 1):
            end = start + len(text)
            free = "".join(labels[max(start - 1, 0) : end + 1])
            if end <= columns and not free.strip():
                labels[start:end] = text
                break
    return [
        " " * (gutter + 1) + corner + "".join(axis),
        f"{'step':>{gutter}}  {''.join(labels)}".rstrip(),
    ]
