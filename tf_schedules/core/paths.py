"""Paths that users pass."""

import os
import pathlib


def path_of(**argument: object) -> pathlib.Path:
    """The path in the one keyword argument, whose name appears in errors.

    Raises:
      TypeError: if the value is not a path.
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
