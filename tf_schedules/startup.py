"""What the driver does before TensorFlow is imported.

The package imports this first. In a process that is not the driver's it does
nothing.
"""

import faulthandler
import os
import pathlib
import sys


def _is_driver() -> bool:
    """Whether this is `tf-schedules` or `python -m tf_schedules`."""
    arguments = getattr(sys, "argv", None) or [""]
    # What the interpreter was started with, before its own arguments.
    started = (sys.orig_argv[-len(arguments) :] or [""])[0]
    name = pathlib.PurePath(started.removeprefix("-m")).stem
    return name in ("tf-schedules", "tf_schedules")


def begin() -> None:
    """Answers what needs no TensorFlow; keeps its notices off stderr.

    TensorFlow's C++ writes some while it is imported, whatever their level
    should be. They go nowhere, and what Python writes goes where it always
    went.
    """
    from tf_schedules import options

    try:
        options.parse(sys.argv)
    except options.UsageError as error:
        raise SystemExit(options.fail(error, 2)) from None
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", 1, errors="backslashreplace")
    faulthandler.enable(sys.stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def end() -> None:
    """Lets C++ write to stderr again."""
    if sys.stderr is not None and sys.stderr.fileno() != 2:
        os.dup2(sys.stderr.fileno(), 2)


if _is_driver():
    begin()
