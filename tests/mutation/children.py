"""Runs tests in forks of a process that has imported TensorFlow.

Nothing here may run an operation before the fork: TensorFlow's threads, which a
fork would lack, start with the first one. Each child works in a copy of the
repository, which other processes that it starts import, too.
"""

import contextlib
import importlib
import math
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

LOG = "log-of-child.txt"  # in the folder of its copy
_ROOT = pathlib.Path(__file__).parents[2]
_IMPORTS = (
    "hypothesis",
    "keras",
    "matplotlib.pyplot",
    "mpmath",
    "numpy",
    "tensorflow",
    "tensorflow_probability",
    "tf_keras",
)


def warm_up():
    """Imports what takes long, but not the package."""
    for name in _IMPORTS:
        importlib.import_module(name)
    from tensorflow.python.eager import context

    assert "tf_schedules" not in sys.modules
    assert context.context()._context_handle is None, "TensorFlow has started"


def copy_repository(folder: pathlib.Path) -> pathlib.Path:
    """Copies what tests read to a folder."""
    unused = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*_cache")
    return pathlib.Path(shutil.copytree(_ROOT, folder, ignore=unused))


class Pool:
    """Does work in children, one in each copy at a time."""

    def __init__(self, folders: Iterable[pathlib.Path]):
        self._free = list(folders)
        self._running: dict[int, tuple[Any, pathlib.Path]] = {}

    def run(
        self, tasks: Iterable[tuple[Any, Callable[[], int]]]
    ) -> Iterator[tuple[Any, int, pathlib.Path]]:
        """Yields each task's subject, its exit code and the copy it used.

        The next child uses the copy after what is done with the result.
        """
        for subject, work in tasks:
            if not self._free:
                yield from self._finished()
            folder = self._free.pop()
            self._running[_fork(folder, work)] = subject, folder
        while self._running:
            yield from self._finished()

    def _finished(self):
        child, status = os.wait()
        # Ends the processes that a test started and left.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        subject, folder = self._running.pop(child)
        yield subject, os.waitstatus_to_exitcode(status), folder
        self._free.append(folder)


def _fork(folder: pathlib.Path, work: Callable[[], int]) -> int:
    if child := os.fork():
        return child
    code = 1
    try:
        os.setsid()
        os.chdir(folder)
        log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["PYTHONPATH"] = str(folder)
        # Temporary files of a child are deleted with the copies.
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder.parent)
        ours = str(_ROOT / "tests")
        sys.path[:] = [x for x in sys.path if not x.startswith(ours)]
        sys.path.insert(0, str(folder))
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run_batches(batches: Sequence[Sequence[str]], seconds: float) -> int:
    """Whether a test fails; a batch that takes too long ends the process."""
    for tests in filter(None, batches):
        signal.alarm(math.ceil(seconds))
        files = sorted({test.partition("::")[0] for test in tests})
        if code := run_pytest(files, "-x", plugins=[_InThisOrder(tests)]):
            return code
    return 0


def run_pytest(files: Sequence[str], *options: str, plugins: list) -> int:
    """The exit code of pytest, by default with tests of all markers."""
    ours = ("-q", "-pno:cacheprovider", "--basetemp=tmp", "-m", "")
    return pytest.main([*ours, *options, *files], plugins=plugins)


class _InThisOrder:
    """Keeps tests by name; one that is not there any more is no failure."""

    def __init__(self, tests: Sequence[str]):
        self._places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items):
        kept = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(kept, key=lambda item: self._places[item.nodeid])


class Stopwatch:
    """Says which test runs; notes the seconds of those that pass.

    Args:
      begin: called with the name of each test.
      limit: the seconds after which no other test begins.
    """

    def __init__(self, begin: Callable[[str], None], limit: float):
        self._begin, self._limit = begin, limit
        self._start = time.monotonic()
        self.collection = 0.0
        self.seconds: dict[str, float] = {}
        self.not_passed: set[str] = set()

    def pytest_collection_finish(self, session):
        self.collection = time.monotonic() - self._start

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        self._begin(item.nodeid)

    def pytest_runtest_logreport(self, report):
        earlier = self.seconds.get(report.nodeid, 0.0)
        self.seconds[report.nodeid] = earlier + report.duration
        if not report.passed:
            self.not_passed.add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item):
        if time.monotonic() - self._start > self._limit:
            item.session.shouldstop = "the limit of time"
