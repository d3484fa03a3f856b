"""Measures which tests of a file run which lines of the package."""

import dataclasses
import hashlib
import json
import os
import pathlib
import tempfile

import children
import coverage
import selection

# Tests that this leaves out come in with the second batch, if at all.
_LIMIT = 300  # seconds of a file
_MARKERS = "not slow"
_TEST = "MUTATION_TEST"  # the variable with the name of the test
_SETTINGS = """
[run]
context = ${{MUTATION_TEST}}
data_file = {data}
disable_warnings = no-data-collected,module-not-imported,module-not-measured
parallel = True
source = {package}
"""


def place_of(folder: pathlib.Path, test_file: pathlib.Path) -> pathlib.Path:
    """Where the measurement of this version of a test file is kept."""
    version = hashlib.sha256(test_file.read_bytes()).hexdigest()[:12]
    return folder / f"{test_file.stem}-{version}.json"


def read(place: pathlib.Path) -> selection.Measured:
    """What `measure` wrote."""
    return selection.Measured(**json.loads(place.read_text()))


def measure(test_file: str, place: pathlib.Path) -> int:
    """Runs a test file in this process, and writes what it shows."""
    package = pathlib.Path("tf_schedules").resolve()
    with tempfile.TemporaryDirectory() as folder:
        settings = pathlib.Path(folder) / "settings"
        data = pathlib.Path(folder) / "data"
        settings.write_text(_SETTINGS.format(data=data, package=package))
        # For processes that a test starts.
        os.environ |= {"COVERAGE_PROCESS_START": str(settings), _TEST: ""}
        measured = coverage.Coverage(config_file=str(settings))

        def begin(test: str):
            os.environ[_TEST] = test
            measured.switch_context(test)

        watch = children.Stopwatch(begin, _LIMIT)
        measured.start()
        children.run_pytest([test_file], "-m", _MARKERS, plugins=[watch])
        measured.stop()
        measured.save()
        measured.combine()
        result = _summary(measured.get_data(), package, watch)
    unfinished = place.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(dataclasses.asdict(result)))
    unfinished.rename(place)
    return 0


def _summary(data, package, watch) -> selection.Measured:
    passed = {
        test: round(seconds, 3)
        for test, seconds in watch.seconds.items()
        if test not in watch.not_passed
    }
    lines, imported = {}, {}
    for path in sorted(map(pathlib.Path, data.measured_files())):
        module = str(path.relative_to(package.parent))
        names = ["", *selection.names_of_lines(path.read_text())]
        lines[module], imported[module] = {}, []
        for line, tests in data.contexts_by_lineno(str(path)).items():
            found = [test for test in tests if test in passed]
            if found:
                lines[module][names[line]] = found
            if "" in tests:
                imported[module].append(names[line])
    return selection.Measured(
        round(watch.collection, 3), passed, lines, imported
    )
