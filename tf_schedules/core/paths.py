"""Paths that users give."""

import os
import pathlib


def path_of(**argument: object) -> pathlib.Path:
    """The path in one argument, given by its name.

    Raises:
      TypeError: if it is none.
      ValueError: if it is empty.
    """
    ((name, value),) = argument.items()
    if not isinstance(value, str | os.PathLike):
        raise TypeError(
            f"{name} must be a path; got {value!r} ({type(value).__name__}). "
            "Pass a string such as '/tmp/schedules'."
        )
    if not os.fspath(value):
        raise ValueError(
            f"{name} must be a path; got ''. Pass '.' for the current "
            "directory."
        )
    return pathlib.Path(value)
