"""Chooses the tests that should notice the mutant of a line.

A line is known by its text and by how often the text came before, so that what
was measured outlives edits elsewhere in the module.
"""

import collections
import dataclasses
import itertools
import pathlib
import statistics
from collections.abc import Collection, Iterable, Sequence


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a run of a test file shows.

    Attributes:
      collection: the seconds before its first test.
      seconds: those of each test that passed, by its name in pytest.
      lines: the tests that run a line, by module and by the line's name.
      imported: the names of the lines that an import runs, by module.
    """

    collection: float
    seconds: dict[str, float]
    lines: dict[str, dict[str, list[str]]]
    imported: dict[str, list[str]]


def names_of_lines(source: str) -> list[str]:
    """The name of each line of a module."""
    seen: collections.Counter[str] = collections.Counter()
    names = []
    for line in map(str.strip, source.splitlines()):
        names.append(f"{seen[line]} {line}")
        seen[line] += 1
    return names


def tests_of(
    files: Iterable[Measured],
    module: str,
    names: Sequence[str],
    body: Sequence[str],
) -> set[str]:
    """The tests that run the first of these lines that any test runs.

    An import runs a line for all tests of the lines of the class, `body`, or
    of the module, and a line of which nothing is known may be run by any of
    them; of a module of which nothing is known, by any test.
    """
    files = list(files)
    found: set[str] = set()
    for name in names:
        for file in files:
            found |= set(file.lines.get(module, {}).get(name, []))
        if found:
            break
    if not found:
        for file, name in itertools.product(files, body):
            found |= set(file.lines.get(module, {}).get(name, []))
        if found:
            return found
    at_import = any(set(names) & {*f.imported.get(module, [])} for f in files)
    if at_import or not found:
        for file in files:
            found.update(*file.lines.get(module, {}).values())
    return found or {test for file in files for test in file.seconds}


def within(
    budget: float,
    files: Iterable[Measured],
    wanted: Collection[str],
    left_out: Collection[str] = (),
    near: str = "",
) -> list[str]:
    """As many wanted tests as take `budget` seconds, to run in this order.

    Those whose files begin with `near` come first, then the fastest, and one
    row of each test before a second one. Where one row did what all share when
    they were measured, the first costs as much.
    """
    files = list(files)
    # Every file is collected with the package, which is imported once.
    common = min((file.collection for file in files), default=0.0)
    budget -= common
    cost, start = {}, {}
    of_rows = collections.defaultdict(list)
    for file in files:
        for test, seconds in file.seconds.items():
            cost[test], start[test] = seconds, file.collection - common
            of_rows[_function(test)].append(seconds)
    rows: collections.Counter[str] = collections.Counter()
    ranked = []
    for test in sorted(wanted, key=lambda test: (cost.get(test, 0), test)):
        if test in cost and test not in left_out:
            function = _function(test)
            seconds = cost[test]
            if rows[function] == 0 and _is_shared(of_rows[function]):
                seconds = max(of_rows[function])
            is_far = not test.startswith(near)
            ranked.append((is_far, rows[function], seconds, test))
            rows[function] += 1
    chosen: list[str] = []
    opened: set[str] = set()
    for _, row, seconds, test in sorted(ranked):
        path, function = test.partition("::")[0], _function(test)
        price = seconds + (0 if path in opened else start[test])
        if price <= budget and (row == 0 or function in opened):
            budget -= price
            opened |= {path, function}
            chosen.append(test)
    return chosen


def _is_shared(seconds: list[float]) -> bool:
    """Whether one row took nearly all the time of a test."""
    return max(seconds) > 20 * statistics.median_low(seconds)


def _function(test: str) -> str:
    """A test without the name of its row."""
    return test.partition("[")[0]


def batches(
    files: Sequence[Measured],
    module: str,
    names: Sequence[str],
    budgets: Sequence[float],
    body: Sequence[str],
) -> list[list[str]]:
    """The tests of the line, in batches that grow; then others in their files.

    The last batch is for what an earlier test traced in the place of others. A
    test file that is called like the module is tried first.
    """
    tests = tests_of(files, module, names, body)
    paths = {test.partition("::")[0] for test in tests}
    others = {
        test
        for file in files
        for test in file.seconds
        if test.partition("::")[0] in paths
    }
    near = f"tests/{pathlib.PurePath(module).stem}"
    *firsts, last = budgets
    result: list[list[str]] = []
    for budget, wanted in [(b, tests) for b in firsts] + [(last, others)]:
        done = {test for batch in result for test in batch}
        result.append(within(budget, files, wanted, done, near))
    return result
