"""Runs tests in forks of a process that has imported TensorFlow.

Nothing here may run an operation before the fork: TensorFlow's threads, which a
fork would lack, start with the first one. Each child works in a copy of the
repository, which other processes that it starts import, too.
"""

import importlib
import os
import pathlib
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence

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


def fork(folder: pathlib.Path, work: Callable[[], int]) -> int:
    """Does the work in a child, whose id it returns, in a copy."""
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
        sys.path[:] = [
            str(folder),
            *(x for x in sys.path if not x.startswith(str(_ROOT / "tests"))),
        ]
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait() -> tuple[int, int]:
    """Waits for any child; returns its id and code, and ends what it left."""
    child, status = os.wait()
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return child, os.waitstatus_to_exitcode(status)


def all_pass(batches: Sequence[Sequence[str]], seconds: float) -> bool:
    """Whether tests pass; a batch that takes too long ends the process."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    for tests in filter(None, batches):
        signal.alarm(int(seconds))
        files = sorted({test.partition("::")[0] for test in tests})
        if run_pytest(files, "-x", plugins=[_InThisOrder(tests)]) != 0:
            return False
    return True


def run_pytest(files: Sequence[str], *options: str, plugins: list) -> int:
    """Runs files, whatever their markers, without a trace in the folder."""
    return pytest.main(
        ["-q", "-pno:cacheprovider", "--basetemp=tmp", "-m", "", *options]
        + list(files),
        plugins=plugins,
    )


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
