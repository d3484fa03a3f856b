"""Changes the package token by token, and shows what no test notices.

    python tests/mutation/mutate.py saving keras      # all mutants of two rooms
    python tests/mutation/mutate.py numerics --sample 100 --jobs 2

A room is a folder or a module of the package. The first run measures which
tests run which lines, which takes longer than the tests alone; it keeps that
in the folder of temporary files. `survivors.txt` has mutants that are left out,
with the reasons.
"""

import argparse
import functools
import os
import pathlib
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence

import children
import measuring
import mutants
import selection
import survivors
import tqdm

_ROOT = pathlib.Path(__file__).parents[2]
_SURVIVORS = pathlib.Path(__file__).with_name("survivors.txt")
_KEPT = pathlib.Path(tempfile.gettempdir()) / "tf-schedules-mutation"


def main():
    """Prints the survivors and the score."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rooms", nargs="+", help="for example saving or run")
    parser.add_argument("--sample", type=int, help="only so many mutants")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--tests", nargs="*", default=[""], help="parts of test files' names"
    )
    parser.add_argument(
        "--seconds",
        nargs="+",
        type=float,
        default=[3, 12, 30],
        help="of batches: of the line's tests, and last of all in their files",
    )
    options = parser.parse_args()
    found = _open_mutants(options.rooms, options.sample)
    children.warm_up()
    tqdm.tqdm.monitor_interval = 0  # its thread would not survive a fork
    with tempfile.TemporaryDirectory() as root:
        folders = [
            children.copy_repository(pathlib.Path(root) / str(job))
            for job in range(options.jobs)
        ]
        pool = children.Pool(folders)
        files = _measured(pool, options.tests)
        noticed = 0
        for mutant, code in _judged(pool, found, files, options.seconds):
            noticed += code != 0
            if not code:
                place = f"{mutant.module}:{mutant.lines[0]}"
                tqdm.tqdm.write(survivors.block(mutant.key, place))
    score = 100 * noticed / max(len(found), 1)
    print(f"{noticed} of {len(found)} mutants were noticed: {score:.1f} %")


def _open_mutants(
    rooms: Sequence[str], sample: int | None
) -> list[mutants.Mutant]:
    """The mutants of rooms that have no reason to survive."""
    made = []
    for room in rooms:
        path = _ROOT / "tf_schedules" / room
        for module in sorted(path.glob("*.py")) or [path.with_suffix(".py")]:
            name = str(module.relative_to(_ROOT))
            made += mutants.mutants_of(name, module.read_text())
    reasons = survivors.read(_SURVIVORS.read_text())
    for key in survivors.unmatched(reasons, [m.key for m in made]):
        print("No mutant now:", survivors.block(key, reasons[key]), sep="\n")
    left = [m for m in made if not survivors.reason_of(reasons, m.key)]
    print(f"{len(made)} mutants, {len(made) - len(left)} with a reason")
    if sample and sample < len(left):
        left = random.Random(0).sample(left, sample)
    return left


def _measured(
    pool: children.Pool, parts: Sequence[str]
) -> list[selection.Measured]:
    """What each test file runs; measured unless it is known."""
    _KEPT.mkdir(exist_ok=True)
    places = {
        str(path.relative_to(_ROOT)): measuring.place_of(_KEPT, path)
        for path in sorted((_ROOT / "tests").glob("*_test.py"))
        if any(part in path.name for part in parts)
    }
    tasks = [
        (name, functools.partial(measuring.measure, name, place))
        for name, place in places.items()
        if not place.exists()
    ]
    if tasks:
        for name, code, folder in tqdm.tqdm(pool.run(tasks), total=len(tasks)):
            if code:
                log = (folder / children.LOG).read_text()
                sys.exit(f"{name} cannot be measured:\n{log[-2000:]}")
    return [measuring.read(place) for place in places.values()]


def _judged(
    pool: children.Pool,
    found: Sequence[mutants.Mutant],
    files: Sequence[selection.Measured],
    budgets: Sequence[float],
) -> Iterator[tuple[mutants.Mutant, int]]:
    """Each mutant with 0 if no test notices it."""
    sources = {m.module: (_ROOT / m.module).read_text() for m in found}
    names = {m: selection.names_of_lines(s) for m, s in sources.items()}
    chosen = [
        selection.batches(
            files,
            mutant.module,
            [names[mutant.module][line - 1] for line in mutant.lines],
            budgets,
            [names[mutant.module][line - 1] for line in mutant.body],
        )
        for mutant in found
    ]
    deadline = 4 * max(budgets)
    # All that follows is worth nothing if the tests fail without a mutant.
    firsts = {test for first, *_ in chosen for test in first}
    control = [selection.within(max(budgets), files, firsts)]
    work = functools.partial(children.run_batches, control, deadline)
    for _, code, folder in pool.run([("control", work)]):
        if code:
            log = (folder / children.LOG).read_text()
            sys.exit(f"The tests fail without a mutant:\n{log[-2000:]}")
    tasks = [
        (mutant, functools.partial(_try, mutant, batches, deadline, number))
        for number, (mutant, batches) in enumerate(
            zip(found, chosen, strict=True)
        )
    ]
    for mutant, code, folder in tqdm.tqdm(pool.run(tasks), total=len(tasks)):
        shutil.copy2(_ROOT / mutant.module, folder / mutant.module)
        yield mutant, code


def _try(
    mutant: mutants.Mutant,
    batches: Sequence[Sequence[str]],
    deadline: float,
    number: int,
) -> int:
    """Runs tests on a mutant in the copy that is the current folder."""
    path = pathlib.Path(mutant.module)
    path.write_text(mutant.source)
    # Python knows whose bytecode it has by the time and the size of a source.
    os.utime(path, (number, number))
    return children.run_batches(batches, deadline)


if __name__ == "__main__":
    main()
