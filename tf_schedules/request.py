"""The schedule that a command line asks for."""

import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import tf_schedules
from tf_schedules import options
from tf_schedules.catalogue import adapted, recipes
from tf_schedules.core import Schedule, hyperparameter


class Request(NamedTuple):
    """A schedule, with what is known of it.

    Attributes:
      schedule: the schedule.
      steps: how many steps its run has, None if nobody knows.
      title: where it is from, None for a class.
    """

    schedule: Schedule
    steps: int | None = None
    title: str | None = None


def request(name: str | None) -> Request:
    """The schedule of a name, changed as the flags say.

    Raises:
      ValueError: if there is no such schedule, or a value is out of its range.
      TypeError: if an argument is missing, unknown or of a wrong type.
      OSError: if an export cannot be read.
    """
    found = _changed(name)
    total_steps, peak = options.TOTAL_STEPS.value, options.PEAK.value
    if total_steps is None and peak is None:
        return found
    if name is None or name not in recipes():
        raise ValueError(
            "--total_steps and --peak must be left out for what is no recipe; "
            f"got {total_steps} and {peak}. Put the numbers into --config."
        )
    row = dataclasses.replace(recipes()[name], schedule=found.schedule)
    schedule = adapted(row, total_steps, peak)
    return Request(schedule, total_steps or row.steps, found.title)


def _changed(name: str | None) -> Request:
    """The schedule of a name, changed as --config and --set say."""
    text, changes = options.CONFIG.value, options.settings()
    config = {} if text is None else _read(text)
    if "class_name" in config and "config" in config:
        if name not in (None, config["class_name"]):
            raise ValueError(
                f"--schedule must be {config['class_name']}, as in --config; "
                f"got {name}. Leave one of them out."
            )
        return Request(_made(config, changes))
    known = _known(name)
    if known.schedule is not None and not (config or changes):
        return Request(known.schedule, known.steps, known.title)
    serialized: dict[str, Any] = {"class_name": name, "config": {}}
    if known.schedule is not None:
        serialized = tf_schedules.serialize(known.schedule)
    serialized["config"] |= config
    return Request(_made(serialized, changes), known.steps, known.title)


class _Known(NamedTuple):
    schedule: Schedule | None = None  # None for a class
    steps: int | None = None
    title: str | None = None


def _known(name: str | None) -> _Known:
    classes = [n for n in tf_schedules.__all__ if _is_schedule(n)]
    if name in classes:
        return _Known()
    if name is not None and name in recipes():
        row = recipes()[name]
        return _Known(row.schedule, row.steps, f"{name}: {row.source}")
    if name is not None and os.path.isdir(name):
        return _Known(tf_schedules.load(name), None, name)
    hint = "" if name is None else options.nearest(name, [*recipes(), *classes])
    is_flag = name is None or options.SCHEDULE.value == name
    what = "--schedule" if is_flag else "NAME"
    raise ValueError(
        f"{what} must be a recipe, a class or the directory of an export; got "
        f"{name or 'none'}.{hint} See tf-schedules list."
    )


def _is_schedule(name: str) -> bool:
    value = getattr(tf_schedules, name)
    is_class = isinstance(value, type) and issubclass(value, Schedule)
    return is_class and value is not Schedule


def _made(
    serialized: dict[str, Any], changes: list[tuple[list[str], str]]
) -> Schedule:
    for path, text in changes:
        _change(serialized, path, text)
    return tf_schedules.deserialize(serialized)


def _change(serialized: dict[str, Any], path: list[str], text: str) -> None:
    """Changes an argument of a serialized schedule, at any depth."""
    node: Any = serialized
    owner = serialized["class_name"]
    for part in path:
        holder, known = _inside(node)
        if part not in known:
            has = f"It has {', '.join(known)}." if known else "It has none."
            raise ValueError(
                f"--set must name an argument; got {'.'.join(path)}, but "
                f"{owner} has no {part}.{options.nearest(part, known)} {has}"
            )
        if part == "value" and hyperparameter.is_json(holder):
            holder.pop("learned", None)  # it would win over the value
        key: Any = int(part) if isinstance(holder, list) else part
        node = holder[key] if isinstance(holder, list) else holder.get(key)
        owner = node["class_name"] if _is_object(node) else part
    holder[key] = _value(text)


def _inside(node: Any) -> tuple[Any, list[str]]:
    """What holds the parts of a serialized value, and their names."""
    if isinstance(node, list):
        return node, [str(i) for i in range(len(node))]
    if not isinstance(node, dict):
        return node, []
    if not _is_object(node):
        return node, [*node]
    cls = getattr(tf_schedules, node["class_name"], None)
    arguments: Sequence[str] = getattr(cls, "_arguments", [*node["config"]])
    return node["config"], [*arguments]


def _is_object(node: Any) -> bool:
    """Whether a serialized value is an object and not a plain mapping."""
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_name"), str)
        and isinstance(node.get("config"), dict)
    )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _read(text: str) -> dict[str, Any]:
    """The arguments in --config, or in the file that it names."""
    if text.lstrip()[:1] not in ("{", "["):
        try:
            text = pathlib.Path(text).read_text()
        except OSError as error:
            raise ValueError(
                "--config must be JSON or YAML, or the path of such a file; "
                f"got {text!r}: {error.strerror}."
            ) from error
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        config = _read_yaml(text, error)
    if not isinstance(config, dict):
        raise ValueError(
            "--config must be a JSON object of arguments, such as "
            f'{{"decay_steps": 1000}}; got {text.strip()}.'
        )
    return config


def _read_yaml(text: str, error: json.JSONDecodeError) -> Any:
    try:
        import yaml
    except ImportError:
        raise ValueError(
            f"--config must be JSON: {error}. For YAML pip install pyyaml."
        ) from None

    class Loader(yaml.SafeLoader):
        """YAML in which 5e-5 is a number, as in JSON, and not a string."""

    number = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, None)
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as wrong:
        raise ValueError(f"--config must be JSON or YAML: {wrong}.") from None
