"""Draws every class and every recipe for docs/gallery.md.

It says which pictures are missing or differ unless it is called with --write:

    python docs/draw.py --write
"""

import argparse
import ast
import doctest
import inspect
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

import tf_schedules as tfs
from tf_schedules.plotting.curve import curve_of
from tf_schedules.plotting.picture import description, svg_of

DOCS = pathlib.Path(__file__).parent
PICTURES = DOCS / "pictures"
GALLERY = DOCS / "gallery.md"

# What shows a class best, in runs of about 1000 steps. A class that is not
# here is drawn as its docstring makes it.
_EXAMPLES = """
Adjustable(CosineDecay(0.1, 1000), edits=[(300, 0.5), (700, 2.0)])
Clamped(CosineDecayRestarts(0.1, 140), minimum=0.02, maximum=0.08)
Constant(0.1)
CosineDecay(0.0, 800, alpha=0.1, warmup_target=0.1, warmup_steps=200)
CosineDecayRestarts(0.1, first_decay_steps=150, t_mul=1.5, m_mul=0.8)
CyclicalLearningRate(0.01, 0.1, step_size=125, mode="triangular2")
ExponentialDecay(0.1, decay_steps=100, decay_rate=0.6, staircase=True)
FromFunction(lambda step: 0.1 * tf.exp(-tf.cast(step, tf.float32) / 300))
InverseSquareRootDecay(0.1, warmup_steps=100)
InverseTimeDecay(0.1, decay_steps=100, decay_rate=0.9)
Maximum([CosineDecay(0.1, 1000), PolynomialDecay(0.08, 400, 0.03)])
Minimum([CosineDecay(0.1, 1000), PiecewiseInterpolation([0, 400], [0.02, 0.1])])
OneCycle(0.1, total_steps=1000)
PiecewiseConstantDecay([300, 600, 900], [0.1, 0.05, 0.02, 0.01])
PiecewiseInterpolation([0, 200, 600, 1000], [0.0, 0.1, 0.04, 0.0])
PolynomialDecay(0.1, decay_steps=250, end_learning_rate=0.0, cycle=True)
PowerDecay(0.1, power=-0.5, offset=10)
Product([CosineDecay(0.1, 1000), CyclicalLearningRate(0.5, 1.0, 50)])
Raised(PolynomialDecay(0.5, 1000, 0.0), power=3)
Repeated(ExponentialDecay(0.1, 100, 0.5), period=250)
Scaled(OneCycle(0.1, total_steps=1000), 0.5)
Sequence([0.05, CosineDecay(0.1, 400), OneCycle(0.04, 400)], [200, 600])
Shifted(ExponentialDecay(0.1, 200, 0.5), 300)
Sum([CosineDecay(0.08, 1000), CyclicalLearningRate(0.0, 0.02, 50)])
TimeScaled(PiecewiseConstantDecay([3, 6, 9], [0.1, 0.05, 0.02, 0.01]), 100)
Warmup(CosineDecay(0.1, 800), warmup_steps=200, shape="cosine")
WarmupStableDecay(0.1, warmup_steps=100, stable_steps=600, decay_steps=300)
"""
_EXCUSED = {
    "Schedule": "the abstract base class",
    "SavedModelSchedule": "its formula is in the SavedModel",
}


class Drawn(NamedTuple):
    """What is drawn, and what is said of it."""

    schedule: tfs.Schedule
    steps: int | None
    caption: str


def _made(cls: type, code: str, names: dict[str, Any]) -> tuple[Any, str]:
    """The first schedule of a class that an expression in some code makes."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call | ast.BinOp):
            text = ast.unparse(node)
            value = eval(text, names)
            if isinstance(value, cls):
                return value, text
    return None, ""


def _example(cls: type) -> Drawn | None:
    names = vars(tfs) | {"tf": tf}
    for code in _EXAMPLES.strip().splitlines():
        if code.startswith(f"{cls.__name__}("):
            schedule, _ = _made(cls, code, names)
            return Drawn(schedule, None, f"`{code}`")
    for example in doctest.DocTestParser().get_examples(cls.__doc__ or ""):
        schedule, text = _made(cls, example.source, names)
        if schedule is not None:
            return Drawn(schedule, None, f"`{text}`")
        exec(example.source, names)
    return None


def _classes() -> list[type[tfs.Schedule]]:
    values = (getattr(tfs, n) for n in tfs.__all__ if n not in _EXCUSED)
    return [
        value
        for value in values
        if inspect.isclass(value) and issubclass(value, tfs.Schedule)
    ]


def classes() -> dict[str, Drawn]:
    """An example of every public class."""
    found = {}
    for cls in _classes():
        if (drawn := _example(cls)) is not None:
            found[cls.__name__] = drawn
    return found


def recipes() -> dict[str, Drawn]:
    """Every row of the catalogue."""
    return {
        name: Drawn(row.schedule, row.steps, f"{row.source}.")
        for name, row in tfs.recipes().items()
    }


def pictures() -> dict[str, str]:
    """Every picture by the name of its file."""
    return {
        f"{name}.svg": svg_of(drawn.schedule, drawn.steps)
        for name, drawn in (classes() | recipes()).items()
    }


def gallery() -> str:
    """The page with every picture."""
    parts = [
        "# Gallery",
        "Drawn by `python docs/draw.py --write`. A dotted line is a jump, and "
        "a dashed one the start of a segment or of an edit.",
    ]
    for title, drawings in (("Classes", classes()), ("Recipes", recipes())):
        parts.append(f"## {title}")
        for name, drawn in drawings.items():
            curve = curve_of(drawn.schedule, drawn.steps)
            words = description(drawn.schedule, curve)
            parts += [
                f"### {name}",
                f"![{words}](pictures/{name}.svg)",
                drawn.caption,
            ]
    return "\n\n".join(parts) + "\n"


def _lines(svg: str) -> list[np.ndarray]:
    """The points of every path of a picture."""
    paths = re.findall(r'<path[^>]* d="([^"]*)"', svg)
    return [
        np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path), float)
        for path in paths
    ]


def _texts(svg: str) -> list[str]:
    return [text for text in ET.fromstring(svg).itertext() if text.strip()]


def _distance(points: np.ndarray, line: np.ndarray) -> float:
    """How far the farthest of some points is from a line."""
    start, along = line[:-1], np.diff(line, axis=0)
    offsets = points[:, np.newaxis] - start
    length = np.maximum(np.sum(along**2, -1), 1e-12)
    part = np.clip(np.sum(offsets * along, -1) / length, 0.0, 1.0)
    gaps = offsets - part[..., np.newaxis] * along
    return float(np.hypot(*np.moveaxis(gaps, -1, 0)).min(1).max())


def differs(svg: str, other: str, tolerance: float = 1.0) -> bool:
    """Whether two pictures show something else, by more than a point."""
    ours, theirs = _lines(svg), _lines(other)
    if _texts(svg) != _texts(other) or len(ours) != len(theirs):
        return True
    return any(
        max(_distance(a, b), _distance(b, a)) > tolerance
        for a, b in zip(ours, theirs, strict=True)
        if len(a) > 1 and len(b) > 1
    )


def gaps(drawn: dict[str, str]) -> list[str]:
    """What is missing, or no longer what the code draws, as sentences."""
    files = {path.name: path for path in PICTURES.glob("*.svg")}
    sentences = [
        f"docs/pictures/{name} is missing" for name in drawn.keys() - files
    ]
    sentences += [
        f"docs/pictures/{name} shows no class and no recipe"
        for name in files.keys() - drawn
    ]
    sentences += [
        f"docs/pictures/{name} is not what the code draws"
        for name in drawn.keys() & files
        if differs(files[name].read_text(), drawn[name])
    ]
    if not GALLERY.exists() or GALLERY.read_text() != gallery():
        sentences.append("docs/gallery.md is not what the code writes")
    sentences += [
        f"{cls.__name__} has no example in docs/draw.py"
        for cls in _classes()
        if f"{cls.__name__}.svg" not in drawn
    ]
    return sorted(sentences)


def main(write: bool) -> int:
    """Says what differs; with `write` writes what does."""
    drawn = pictures()
    if not write:
        print("\n".join(gaps(drawn)) or "nothing differs")
        return int(bool(gaps(drawn)))
    PICTURES.mkdir(exist_ok=True)
    for path in PICTURES.glob("*.svg"):
        if path.name not in drawn:
            path.unlink()
    for name, svg in drawn.items():
        path = PICTURES / name
        if not path.exists() or differs(path.read_text(), svg):
            path.write_text(svg)
    GALLERY.write_text(gallery())
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    sys.exit(main(parser.parse_args().write))
