"""The command line: its commands and flags, and what is wrong with them.

It imports no TensorFlow, so that help and refusals come at once.
"""

import difflib
import pathlib
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import NamedTuple

from absl import flags

_LAST_STEP = 2**63 - 1
_MOST_STEPS = 1_000_000
_PICTURES = (".pdf", ".png", ".svg")
_HELP = ("--help", "-help", "-h", "-?", "--helpshort", "--helpfull")

CONFIG = flags.DEFINE_string(
    "config",
    None,
    "The arguments as JSON or YAML, or the path of such a file; a schedule "
    "that Keras or this package serialized will do too. It changes those of a "
    "recipe.",
)
SET = flags.DEFINE_multi_string(
    "set",
    [],
    "An argument and its value, at any depth; may be repeated: "
    "--set=schedule.initial_learning_rate=5e-5, --set=schedules.0.power=2.",
)
TOTAL_STEPS = flags.DEFINE_integer(
    "total_steps",
    None,
    "How many steps the run has, in place of those of the recipe's.",
)
PEAK = flags.DEFINE_float(
    "peak", None, "The highest rate of the run, in place of the recipe's."
)
STEPS = flags.DEFINE_string(
    "steps",
    None,
    "Which steps: stop, start:stop or start:stop:stride as in a Python range, "
    "or several such as 3909,3910. Without it those that matter.",
)
FORMAT = flags.DEFINE_enum(
    "format", "table", ["table", "csv", "json"], "How to print the rates."
)
OUTPUT = flags.DEFINE_string(
    "output", None, "The picture to write: a .png, .svg or .pdf file."
)
LOG = flags.DEFINE_bool(
    "log", False, "Whether a picture has a logarithmic scale."
)
SCHEDULE = flags.DEFINE_string(
    "schedule", None, "Another way to give a NAME, and without a command show."
)
EXPORT_DIR = flags.DEFINE_string(
    "export_dir", None, "Another way to give a DIR; show then exports too."
)
LIST = flags.DEFINE_bool("list", False, "Another way to say list.")

_INTRODUCTION = """\
Learning-rate schedules: shows, draws and exports them.

  tf-schedules list                       the published recipes
  tf-schedules show NAME                  its rates, at the steps that matter
  tf-schedules plot NAME... [--output=F]  curves, in the terminal or a picture
  tf-schedules export NAME DIR            a SavedModel, read again and compared

A NAME is a recipe such as sgdr, a class such as CosineDecay with a --config,
or the directory of an export such as exported/sgdr/1.

Flags:
"""


class UsageError(ValueError):
    """The command line is wrong."""


class Command(NamedTuple):
    """A command line: what to do, with which schedules."""

    action: str
    names: tuple[str | None, ...]
    export_dir: str | None


def parse(argv: Sequence[str]) -> Command:
    """Reads a command line; prints help or the version, and then ends.

    Raises:
      UsageError: if the command line is wrong.
      SystemExit: after help or the version.
    """
    asked = {argument.partition("=")[0] for argument in argv[1:]}
    if asked & {*_HELP}:
        print(help_text(everything="--helpfull" in asked))
        raise SystemExit(0)
    if "--version" in asked:
        print(f"tf-schedules {_version()}")
        raise SystemExit(0)
    flags.FLAGS.unparse_flags()
    try:
        action, *arguments = flags.FLAGS(list(argv))[1:] or [""]
    except flags.Error as error:
        raise UsageError(
            f"{str(error).rstrip('.')}. See tf-schedules --help."
        ) from None
    command = _command(action, arguments)
    chosen_steps()
    settings()
    if OUTPUT.value is not None:
        suffix = pathlib.PurePath(OUTPUT.value).suffix
        if suffix not in _PICTURES or command.action != "plot":
            raise UsageError(
                "--output must be a .png, .svg or .pdf file of tf-schedules "
                f"plot; got {OUTPUT.value!r}."
            )
    return command


def _version() -> str:
    try:
        return metadata.version("tf-schedules")
    except metadata.PackageNotFoundError:
        return "of a folder that is not installed"


def _command(action: str, arguments: list[str]) -> Command:
    if not action:
        action = "list" if LIST.value else "show"
        return _counted(action, [SCHEDULE.value], EXPORT_DIR.value)
    if action == "list":
        return _counted(action, arguments)
    if action not in ("show", "plot", "export"):
        raise UsageError(
            "a command must be list, show, plot or export; got "
            f"{action}.{nearest(action, ['list', 'show', 'plot', 'export'])}"
            " See tf-schedules --help."
        )
    named = [] if SCHEDULE.value is None else [SCHEDULE.value]
    names = [*named, *arguments]
    export_dir = EXPORT_DIR.value
    if action == "export" and export_dir is None and len(names) == 2:
        export_dir = names.pop()
    return _counted(action, names, export_dir)


def _counted(
    action: str, names: Sequence[str | None], export_dir: str | None = None
) -> Command:
    if action == "list":
        names = [name for name in names if name is not None]
    takes = {"list": "no NAME", "plot": "at least one NAME"}
    wrong = bool(names) if action == "list" else not names
    if action in ("show", "export"):
        wrong = len(names) != 1
        takes[action] = "one NAME" + " and a DIR" * (action == "export")
        wrong |= action == "export" and export_dir is None
    if wrong:
        given = " ".join(map(str, names)) or "none"
        raise UsageError(
            f"{action} takes {takes[action]}; got {given}. See tf-schedules "
            "--help."
        )
    if export_dir == "":
        raise UsageError(
            "--export_dir must be a path; got ''. Pass '.' for the current "
            "directory."
        )
    return Command(action, tuple(names), export_dir)


def chosen_steps() -> Sequence[int] | None:
    """The steps that --steps names, None without it.

    Raises:
      UsageError: if it names none.
    """
    if (text := STEPS.value) is None:
        return None
    try:
        if "," in text:
            steps: Sequence[int] = [
                int(part) for part in text.split(",") if part
            ]
        else:
            steps = range(*(int(part) for part in text.split(":")))
        ends = [steps[0], steps[-1]] if isinstance(steps, range) else steps
        count = len(steps)
        lowest, highest = min(ends), max(ends)
    except (ValueError, TypeError, IndexError, OverflowError):
        lowest = highest = count = -1
    if lowest < 0 or highest > _LAST_STEP or count > _MOST_STEPS:
        raise UsageError(
            "--steps must be from 1 to a million steps that are not negative, "
            "as stop, start:stop, start:stop:stride or first,second,...; got "
            f"{text}. Try 0:7000:500."
        )
    return steps


def settings() -> list[tuple[list[str], str]]:
    """The path and the value of each --set.

    Raises:
      UsageError: if one has not both.
    """
    pairs = []
    for text in SET.value:
        path, equals, value = text.partition("=")
        if not (equals and all(path.split("."))):
            raise UsageError(
                f"--set must be an argument, = and its value; got {text!r}. "
                "Try --set=schedule.initial_learning_rate=5e-5."
            )
        pairs.append((path.split("."), value))
    return pairs


def nearest(name: str, names: Iterable[str]) -> str:
    """A question that names the nearest of some names, if one is near."""
    known = {n.lower(): n for n in names}
    found = difflib.get_close_matches(name.lower(), known, 1, 0.5)
    return f" Did you mean {known[found[0]]}?" if found else ""


def help_text(everything: bool) -> str:
    """The commands and flags, as wide as the terminal."""
    width = min(shutil.get_terminal_size().columns, 100)
    own = [CONFIG, SET, TOTAL_STEPS, PEAK, STEPS, FORMAT, OUTPUT, LOG]
    own += [SCHEDULE, EXPORT_DIR, LIST]
    lines = [
        textwrap.fill(
            str(flags.FLAGS[flag.name].help).partition(";    ")[0],
            width,
            initial_indent=f"  --{flag.name:<11} ",
            subsequent_indent=" " * 16,
        )
        for flag in own
    ]
    lines.append("  --version     Print the version.")
    text = _INTRODUCTION + "\n".join(lines)
    return f"{text}\n\n{flags.FLAGS.get_help()}" if everything else text


def fail(error: Exception, code: int) -> int:
    """Says in one line what is wrong; returns the exit code."""
    print("tf-schedules:", " ".join(str(error).split()), file=sys.stderr)
    return code
