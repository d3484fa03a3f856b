"""Changes the package token by token, and shows what no test notices.

    python tests/mutation/mutate.py saving keras        # all mutants of rooms
    python tests/mutation/mutate.py numerics --sample 100 --jobs 2

A room is a folder or a module of the package. The first run measures for tens
of minutes which tests run which lines, and keeps that in the folder of
temporary files. `survivors.txt` has the mutants that are left out, with the
reasons: they compute the same, or nobody can see the difference.
"""

import argparse
import pathlib
import random
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
_BUDGETS = (10.0, 60.0)  # seconds of the two batches of tests
_KEPT = pathlib.Path(tempfile.gettempdir()) / "tf-schedules-mutation"


def _modules(rooms: Sequence[str]) -> list[pathlib.Path]:
    found = []
    for room in rooms:
        path = _ROOT / "tf_schedules" / room
        found += sorted(path.glob("*.py")) or [path.with_suffix(".py")]
    return found


def _measured(folders: list[pathlib.Path]) -> list[selection.Measured]:
    """What each test file runs; measured unless it is known."""
    _KEPT.mkdir(exist_ok=True)
    places = {
        path: measuring.place_of(_KEPT, path)
        for path in sorted((_ROOT / "tests").glob("*_test.py"))
    }
    missing = [path for path, place in places.items() if not place.exists()]
    free, running = list(folders), set()
    for path in tqdm.tqdm(missing, "test files", disable=not missing):
        if not free:
            free.append(_finished(running)[0])
        folder, name = free.pop(), str(path.relative_to(_ROOT))
        place = places[path]
        work = lambda n=name, p=place: measuring.measure(n, p)  # noqa: E731
        running.add((children.fork(folder, work), folder, name))
    while running:
        _finished(running)
    return [measuring.read(p) for p in places.values() if p.exists()]


def _finished(running: set) -> tuple[pathlib.Path, object, int]:
    """Waits for a child; returns its folder, its subject and its code."""
    child, code = children.wait()
    (entry,) = (entry for entry in running if entry[0] == child)
    running.remove(entry)
    return entry[1], entry[2], code


def _judged(
    found: list[mutants.Mutant],
    files: list[selection.Measured],
    folders: list[pathlib.Path],
) -> Iterator[tuple[mutants.Mutant, bool]]:
    """Each mutant with whether a test noticed it."""
    free, running = list(folders), set()

    def judged():
        folder, mutant, code = _finished(running)
        original = (_ROOT / mutant.module).read_text()
        (folder / mutant.module).write_text(original)
        free.append(folder)
        return mutant, code != 0

    for mutant in found:
        if not free:
            yield judged()
        folder = free.pop()
        (folder / mutant.module).write_text(mutant.source)
        original = (_ROOT / mutant.module).read_text()
        lines = selection.names_of_lines(original)
        names = [lines[number - 1] for number in mutant.lines]
        batches = selection.batches(files, mutant.module, names, _BUDGETS)
        work = lambda b=batches: not children.all_pass(b, _DEADLINE)  # noqa: E731
        running.add((children.fork(folder, work), folder, mutant))
    while running:
        yield judged()


_DEADLINE = 4 * _BUDGETS[1]


def main():
    """Prints the survivors and the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="+")
    parser.add_argument("--sample", type=int, help="this many of the mutants")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    reasons = survivors.read(_SURVIVORS.read_text())
    made = [
        mutant
        for path in _modules(options.rooms)
        for mutant in mutants.mutants_of(
            str(path.relative_to(_ROOT)), path.read_text()
        )
    ]
    for key in survivors.unmatched(reasons, [m.key for m in made]):
        print("no mutant of the code now:", *survivors.block(key, ""), sep="\n")
    open_ones = [mutant for mutant in made if mutant.key not in reasons]
    print(f"{len(made)} mutants, {len(made) - len(open_ones)} with a reason")
    if options.sample and options.sample < len(open_ones):
        open_ones = random.Random(0).sample(open_ones, options.sample)
    children.warm_up()
    with tempfile.TemporaryDirectory() as root:
        folders = [
            children.copy_repository(pathlib.Path(root) / str(job))
            for job in range(options.jobs)
        ]
        files = _measured(folders)
        noticed = 0
        progress = tqdm.tqdm(total=len(open_ones))
        for mutant, killed in _judged(open_ones, files, folders):
            progress.update()
            noticed += killed
            if not killed:
                place = f"{mutant.module}:{mutant.lines[0]}"
                tqdm.tqdm.write(survivors.block(mutant.key, place))
        progress.close()
    print(f"{noticed} of {len(open_ones)} mutants were noticed")


if __name__ == "__main__":
    main()
