"""Runs many checks in one process, and passes their results to the test."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

# pytest's own failures and skips, which are not Exceptions.
_FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)


def run(checks: Iterable[tuple[Any, ...]]) -> dict[str, str | None]:
    """The error of each check by name, or None.

    Args:
      checks: tuples of a name, a function and its arguments.
    """
    results: dict[str, str | None] = {}
    for name, check, *arguments in checks:
        assert name not in results, f"two checks are called {name}"
        try:
            check(*arguments)
            results[name] = None
        except _FAILURES as error:
            results[name] = f"{type(error).__name__}: {error}"[-2000:]
    return results


def write(results: Any) -> None:
    """Prints the results for the test, as the last line."""
    print(json.dumps(results), flush=True)


def read(output: str) -> Any:
    """The results that `write` printed."""
    return json.loads(output.splitlines()[-1])
