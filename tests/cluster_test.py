"""Two workers in step, and jobs that go on where they were stopped.

Real processes; a restart goes on with exactly the rates of a run that was not
interrupted.
"""

import functools
import json
import pathlib

import cluster
import probe
import pytest

pytestmark = pytest.mark.multiprocess
_PROGRAM = pathlib.Path(__file__).with_name("cluster_program.py")
_KERAS = {"keras": "0", "tf_keras": "1"}
_WORKERS = {"worker": 2}


def _run(flavour, *arguments):
    return cluster.run(
        _PROGRAM,
        _WORKERS,
        *map(str, arguments),
        TF_USE_LEGACY_KERAS=_KERAS[flavour],
        TF_CPP_MIN_LOG_LEVEL="3",
        GCE_METADATA_IP="127.0.0.1:9",  # no cloud to ask
    )


def _printed(output: str) -> dict:
    return json.loads(output.splitlines()[-1])


@functools.cache
def _together(flavour):
    results = _run(flavour, "together", "-")
    for code, _, errors in results.values():
        assert code == 0, errors[-3000:]
    return [_printed(output) for _, output, _ in results.values()]


_upstream = pytest.mark.xfail(strict=True, reason="keras#20585")


@pytest.mark.parametrize(
    ("flavour", "check"),
    [
        pytest.param(
            flavour,
            check,
            marks=[_upstream]
            if (flavour, check[:3]) == ("keras", "fit")
            else [],
        )
        for flavour in _KERAS
        for check in ("loop-inside", "loop-outside", "same", "fit-inside")
    ],
)
def test_two_workers(flavour, check):
    assert [result[check] for result in _together(flavour)] == [None, None]


def _rates_of(*outputs) -> list[float]:
    """The weights after each step, the later run's where two have one."""
    history = {}
    for output in outputs:
        history |= _printed(output)
    return [history[str(step)] for step in range(probe.STEPS)]


@pytest.mark.parametrize("flavour", _KERAS)
def test_a_killed_worker(flavour, tmp_path):
    first = _run(flavour, "killed", tmp_path)
    assert first["worker1"][0] == -9
    assert first["worker0"][0] != 0  # it cannot go on alone
    second = _run(flavour, "killed", tmp_path)
    assert [code for code, *_ in second.values()] == [0, 0], second
    resumed = _printed(second["worker1"][1])
    assert "0" not in resumed, "started anew"
    history = _rates_of(first["worker1"][1], second["worker1"][1])
    assert history == [[w] for w in probe.weights()]


def test_a_preempted_worker(tmp_path):
    first = _run("keras", "preempted", tmp_path)
    assert [code for code, *_ in first.values()] == [42, 42], first
    second = _run("keras", "preempted", tmp_path)
    assert [code for code, *_ in second.values()] == [0, 0], second
    assert "0" not in _printed(second["worker0"][1]), "started anew"
    for name in first:
        history = _rates_of(first[name][1], second[name][1])
        assert history == [[w] for w in probe.weights()]
