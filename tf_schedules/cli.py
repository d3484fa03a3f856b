"""The driver: lists, shows, draws and exports schedules.

    tf-schedules show sgdr
    tf-schedules plot sgdr bert-base --output=rates.svg
    tf-schedules show CosineDecayRestarts --steps=0:7000:500 \\
      --config='{"initial_learning_rate": 0.001, "first_decay_steps": 1000}'
"""

import contextlib
import csv
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf

import tf_schedules
from tf_schedules import options, startup, terminal
from tf_schedules.catalogue import recipes
from tf_schedules.core import path_of
from tf_schedules.plotting import curve_of
from tf_schedules.request import Request, request


def main(argv: Sequence[str]) -> int:
    """Does what a command line says.

    Returns:
      The exit code: 0, or 1 if it failed, or 2 if the command line is wrong.
    """
    try:
        command = options.parse(argv)
        requests = [request(name) for name in command.names]
    except (ValueError, TypeError, OSError, tf.errors.OpError) as error:
        return options.fail(error, 2)
    try:
        if command.action == "list":
            _list()
        elif command.action == "plot":
            _plot(requests)
        elif command.action == "export":
            _export(requests[0], command.export_dir)
        else:
            _show(requests[0], command.export_dir)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        raise
    except (
        *(ValueError, TypeError, OSError, ArithmeticError, ImportError),
        tf.errors.OpError,
    ) as error:
        return options.fail(error, 1)


def _width() -> int | None:
    """How wide the terminal is; None where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _print_wrapped(text: str, indent: str = "") -> None:
    if width := _width():
        more = indent + "    "
        text = textwrap.fill(
            text, width, initial_indent=indent, subsequent_indent=more
        )
        print(text)
    else:
        print(indent + text)


def _list() -> None:
    rows = [
        {
            "name": name,
            "schedule": repr(row.schedule),
            "steps": row.steps,
            "source": row.source,
        }
        for name, row in recipes().items()
    ]
    if options.FORMAT.value == "json":
        print(json.dumps(rows, indent=2))
    elif options.FORMAT.value == "csv":
        writer = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            print(row["name"])
            _print_wrapped(str(row["schedule"]), "    ")
            _print_wrapped(str(row["source"]), "    ")


def _show(asked: Request, export_dir: str | None) -> None:
    steps = options.chosen_steps()
    last = asked.steps if steps is None else max(steps) + 1
    curve = curve_of(asked.schedule, last)
    notes = terminal.steps_that_matter(asked.schedule, curve)
    shown = notes if steps is None else {step: "" for step in steps}
    rates = asked.schedule(np.array([*shown], np.int64)).numpy()
    if options.FORMAT.value == "json":
        print(_as_json(asked, list(shown), rates))
    elif options.FORMAT.value == "csv":
        print("step,learning_rate")
        for step, rate in zip(shown, rates, strict=True):
            print(f"{step},{rate!s}")
    else:
        _print_head(asked)
        width = _width()
        if width and len(curve.steps) > 1:
            _print_curve(asked, last)
        for line in terminal.table(rates, shown, width or 100, bars=not width):
            print(line)
        if steps is None and (more := int(curve.jumps.sum()) - _jumps(notes)):
            print(f"{'...':>12}  and {more} jumps more")
    if export_dir is not None:
        _export(asked, export_dir, list(shown))


def _jumps(notes: Mapping[int, str]) -> int:
    return sum("jump" in note for note in notes.values())


def _print_head(asked: Request) -> None:
    if asked.title is not None:
        _print_wrapped(asked.title)
    _print_wrapped(repr(asked.schedule))


def _as_json(asked: Request, steps: list[int], rates: np.ndarray) -> str:
    # The shortest decimal of each rate, not that of its float64.
    decimals = [float(str(rate)) for rate in rates]
    content = {
        "schedule": tf_schedules.serialize(asked.schedule),
        "steps": steps,
        "learning_rate": [x if np.isfinite(x) else None for x in decimals],
    }
    return json.dumps(content, indent=2)


def _print_curve(asked: Request, steps: int | None) -> None:
    curve = curve_of(asked.schedule, steps)
    notes = terminal.steps_that_matter(asked.schedule, curve)
    important = [0, int(curve.steps[-1]), curve.peak]
    jumps = [step for step, note in notes.items() if "jump" in note]
    others = [step for step, note in notes.items() if note]
    encoding = (sys.stdout.encoding or "").lower()
    for line in terminal.drawing(
        curve,
        list(dict.fromkeys(important + jumps + others)),
        _width() or 80,
        braille=encoding.startswith("utf"),
    ):
        print(line)


def _plot(requests: Sequence[Request]) -> None:
    chosen = options.chosen_steps()
    steps = None if chosen is None else max(chosen) + 1
    if options.OUTPUT.value is None:
        for asked in requests:
            _print_head(asked)
            _print_curve(asked, steps or asked.steps)
        return
    from matplotlib.figure import Figure

    known = [asked.steps for asked in requests if asked.steps is not None]
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes: Any = figure.add_subplot()
    tf_schedules.plot(
        *(asked.schedule for asked in requests),
        steps=steps or max(known, default=None),
        ax=axes,
        log=options.LOG.value,
    )
    legend = axes.get_legend().get_texts()
    for asked, text in zip(requests, legend, strict=True):
        if asked.title is not None:
            text.set_text(asked.title.partition(":")[0])
    figure.savefig(path_of(**{"--output": options.OUTPUT.value}), dpi=150)
    print(f"wrote {options.OUTPUT.value}")


def _export(
    asked: Request, export_dir: str | None, steps: list[int] | None = None
) -> None:
    schedule = asked.schedule
    if steps is None:
        curve = curve_of(schedule, asked.steps)
        steps = list(terminal.steps_that_matter(schedule, curve))
    base = path_of(**{"--export_dir": export_dir})
    version = tf_schedules.export(schedule, base)
    restored = tf.saved_model.load(str(version))
    serve = restored.signatures["serving_default"]
    served = serve(step=tf.constant(steps, tf.int64))["learning_rate"].numpy()
    rates = schedule(np.array(steps, np.int64)).numpy()
    if served.tobytes() != rates.tobytes():
        raise ArithmeticError(f"{version} gives other rates than {schedule}.")
    config = tf_schedules.serialize(schedule)
    if tf_schedules.serialize(tf_schedules.load(version)) != config:
        raise ArithmeticError(f"{version} has another config: {schedule}.")
    name = schedule.name or type(schedule).__name__
    # Whoever reads CSV or JSON reads nothing else.
    is_table = options.FORMAT.value == "table"
    with contextlib.redirect_stdout(sys.stdout if is_table else sys.stderr):
        print(
            f"exported to {version}\n"
            f"loaded it again: {len(steps)} of {len(steps)} rates have the "
            "same bits, and so has the config\n"
            "serve it with: tensorflow_model_server --rest_api_port=8501 "
            f"--model_name={name} --model_base_path={base.resolve()}\n"
            "ask it with: curl -d '{\"instances\": [0, 1000]}' "
            f"http://localhost:8501/v1/models/{name}:predict"
        )


def run() -> NoReturn:
    """The command `tf-schedules`."""
    startup.end()
    try:
        code = main(sys.argv)
    except BrokenPipeError:
        code = 0  # whoever read the output has seen enough
    try:
        sys.stdout.flush()
    except OSError:
        # Drop the rest, or the interpreter tries again and exits with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


if __name__ == "__main__":
    run()
