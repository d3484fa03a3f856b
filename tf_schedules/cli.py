"""Prints a schedule, exports it and checks what it exported.

    tf-schedules --schedule=sgdr --export_dir=/tmp/sgdr
    tf-schedules --schedule=bert-base --total_steps=10000 --peak=2e-5
    tf-schedules --schedule=CosineDecayRestarts --steps=0:7000:500 \\
      --config='{"initial_learning_rate": 0.001, "first_decay_steps": 1000}'
"""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import app, flags

import tf_schedules
from tf_schedules.catalogue import CATALOGUE, adapted
from tf_schedules.core.paths import path_of
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.serialization import deserialize, serialize
from tf_schedules.numerics import LAST_STEP

_SCHEDULE = flags.DEFINE_string(
    "schedule", None, "A row of the catalogue (see --list) or a class."
)
_CONFIG = flags.DEFINE_string(
    "config",
    None,
    "The arguments as JSON, or the path of a JSON file; a serialized schedule "
    "of Keras or of this package will do too. It changes a row's arguments.",
)
_TOTAL_STEPS = flags.DEFINE_integer(
    "total_steps",
    None,
    "How many steps the run has, in place of those of the row's.",
)
_PEAK = flags.DEFINE_float(
    "peak", None, "The highest rate of the run, in place of the row's."
)
_STEPS = flags.DEFINE_string(
    "steps",
    None,
    "The steps to print, start:stop:stride as in a Python range. Without it, "
    "21 steps over --total_steps, the run that the row is from, or 10 000.",
)
_EXPORT_DIR = flags.DEFINE_string(
    "export_dir", None, "Export a new version below this directory."
)
_LIST = flags.DEFINE_bool("list", False, "List the catalogue and end.")

_CURVE_WIDTH = 40
_MOST_STEPS = 1_000_000


def main(argv: Sequence[str]) -> int:
    """Does what the flags say; returns the exit code."""
    try:
        if len(argv) > 1:
            raise ValueError(f"flags start with --; got {argv[1]!r}.")
        if _LIST.value:
            _print_catalogue()
            return 0
        schedule = _adapted(_make_schedule(_SCHEDULE.value, _CONFIG.value))
        steps = _parse_steps(_STEPS.value or _default_steps())
        rates = schedule(np.array(steps, np.int64)).numpy()
        _print_table(schedule, steps, rates)
        if _EXPORT_DIR.value is not None:
            base = path_of(**{"--export_dir": _EXPORT_DIR.value})
            _export(schedule, steps, rates, base)
        return 0
    except (
        *(ValueError, TypeError, OSError, ArithmeticError),
        tf.errors.OpError,
    ) as error:
        return _fail(error)


def _fail(error: Exception) -> int:
    print("tf-schedules:", " ".join(str(error).split()), file=sys.stderr)
    return 1


def _make_schedule(name: str | None, config: str | None) -> Schedule:
    arguments = {} if config is None else _read_json(config)
    if "class_name" in arguments and "config" in arguments:
        if name not in (None, arguments["class_name"]):
            raise ValueError(
                f"--schedule must be {arguments['class_name']}, as in "
                f"--config; got {name}. Leave one of them out."
            )
        return deserialize(arguments)
    if name is not None and name in CATALOGUE:
        row = CATALOGUE[name]
        print(f"{name}: {row.source}")
        name = type(row.schedule).__name__
        arguments = row.schedule.get_config() | arguments
    classes = [n for n in tf_schedules.__all__ if _is_schedule(n)]
    if name not in classes:
        raise ValueError(
            "--schedule must be a row of the catalogue "
            f"({', '.join(CATALOGUE)}) or a class "
            f"({', '.join(classes)}); got {name}. See --list."
        )
    return deserialize({"class_name": name, "config": arguments})


def _adapted(schedule: Schedule) -> Schedule:
    """The schedule for the run that the flags describe."""
    total_steps, peak = _TOTAL_STEPS.value, _PEAK.value
    row = CATALOGUE.get(_SCHEDULE.value)
    if row is not None:
        row = dataclasses.replace(row, schedule=schedule)
        return adapted(row, total_steps, peak)
    if total_steps is not None or peak is not None:
        raise ValueError(
            "--total_steps and --peak must be left out where --schedule is "
            f"not a row of the catalogue; got {total_steps} and {peak}. Put "
            "the numbers into --config."
        )
    return schedule


def _is_schedule(name: str) -> bool:
    value = getattr(tf_schedules, name)
    is_class = isinstance(value, type) and issubclass(value, Schedule)
    return is_class and value is not Schedule


def _read_json(text: str) -> dict[str, Any]:
    if text.lstrip()[:1] not in ("{", "["):
        try:
            text = pathlib.Path(text).read_text()
        except OSError as error:
            raise ValueError(
                "--config must be JSON or the path of a JSON file; got "
                f"{text!r}: {error.strerror}."
            ) from error
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"--config must be JSON: {error}.") from error
    if not isinstance(config, dict):
        raise ValueError(
            "--config must be a JSON object of arguments, such as "
            f'{{"decay_steps": 1000}}; got {text.strip()}.'
        )
    return config


def _default_steps() -> str:
    row = CATALOGUE.get(_SCHEDULE.value)
    last = _TOTAL_STEPS.value or (row.steps if row else 10_000)
    return f"0:{last + 1}:{max(last // 20, 1)}"


def _parse_steps(text: str) -> range:
    try:
        start, stop, stride = (int(part) for part in text.split(":"))
        steps = range(start, stop, stride)
        len(steps)
    except (ValueError, OverflowError):
        steps = range(0)
    ends = {steps[0], steps[-1]} if steps else {-1}
    in_range = min(ends) >= 0 and max(ends) <= LAST_STEP
    if not in_range or len(steps) > _MOST_STEPS:
        raise ValueError(
            "--steps must be start:stop:stride, from 1 to a million steps "
            f"that are not negative; got {text}. Try 0:7000:500."
        )
    return steps


def _print_catalogue() -> None:
    for name, row in CATALOGUE.items():
        print(f"{name}\n    {row.schedule}\n    {row.source}")


def _print_table(
    schedule: Schedule, steps: Sequence[int], rates: np.ndarray
) -> None:
    print(schedule)
    sizes = np.abs(rates.astype(np.float64))
    highest = max(sizes[np.isfinite(sizes)], default=0.0) or 1.0
    print(f"{'step':>12}  learning_rate")
    for step, rate, size in zip(steps, rates, sizes, strict=True):
        part = np.nan_to_num(min(size / highest, 1.0))
        bar = "#" * round(_CURVE_WIDTH * part)
        print(f"{step:>12}  {rate!s:<22}  {bar}".rstrip())


def _export(
    schedule: Schedule,
    steps: Sequence[int],
    rates: np.ndarray,
    export_dir: pathlib.Path,
) -> None:
    version = tf_schedules.export(schedule, export_dir)
    restored = tf.saved_model.load(str(version))
    serve = restored.signatures["serving_default"]
    served = serve(step=tf.constant(steps, tf.int64))["learning_rate"].numpy()
    if served.tobytes() != rates.tobytes():
        raise ArithmeticError(f"{version} gives other rates than {schedule}.")
    if serialize(tf_schedules.load(version)) != serialize(schedule):
        raise ArithmeticError(f"{version} has another config: {schedule}.")
    name = schedule.name or type(schedule).__name__
    print(
        f"exported to {version}\n"
        f"loaded it again: {len(steps)} of {len(steps)} rates have the same "
        "bits, and so has the config\n"
        "serve it with: tensorflow_model_server --rest_api_port=8501 "
        f"--model_name={name} --model_base_path={export_dir.resolve()}\n"
        "ask it with: curl -d '{\"instances\": [0, 1000]}' "
        f"http://localhost:8501/v1/models/{name}:predict"
    )


def _parse_flags(argv: Sequence[str]) -> list[str]:
    try:
        return flags.FLAGS(list(argv))
    except flags.Error as error:
        sys.exit(_fail(error))


def run() -> None:
    """The command `tf-schedules`."""
    app.run(main, flags_parser=_parse_flags)


if __name__ == "__main__":
    run()
