"""Workers run in step, and interrupted jobs continue where they stopped.

The tests use real processes; a restarted job continues with exactly the rates
of an uninterrupted run.
"""

import functools

import checks
import cluster
import probe
import pytest
from processes import PROGRAMS

import tf_schedules

pytestmark = pytest.mark.multiprocess
_KERAS = {"keras": "0", "tf_keras": "1"}


def _run(flavour, *arguments, workers=2):
    return cluster.run(
        PROGRAMS / "cluster_program.py",
        {"worker": workers},
        *map(str, arguments),
        TF_USE_LEGACY_KERAS=_KERAS[flavour],
        TF_CPP_MIN_LOG_LEVEL="3",
        GCE_METADATA_IP="127.0.0.1:9",  # no cloud to ask
    )


def _all_end_with(wanted, results):
    wrong = {
        name: (code, errors[-3000:])
        for name, (code, _, errors) in results.items()
        if code != wanted
    }
    assert not wrong, wrong


@functools.cache
def _together(flavour):
    results = _run(flavour, "together", "-")
    _all_end_with(0, results)
    return [checks.read(output) for _, output, _ in results.values()]


# TensorFlow and Keras cannot do these even with a constant rate.
_UPSTREAM = {
    # https://github.com/keras-team/keras/issues/20585
    ("keras", "fit-inside"): "PerReplica",
    ("keras", "fit-outside"): "PerReplica",
    ("keras", "fit-edits"): "PerReplica",
    # Keras 3's assign_add reads and writes in separate operations.
    ("keras", "iterations"): "AssertionError",
    # https://github.com/keras-team/keras/issues/18624
    ("keras", "fit"): "create_per_worker_dataset",
}


@pytest.mark.parametrize(
    "check",
    [
        *("loop-inside", "loop-outside", "loop-edits", "same"),
        *("optimizer-outside", "fit-inside", "fit-outside", "fit-edits"),
    ],
)
@pytest.mark.parametrize("flavour", _KERAS)
def test_two_workers_together_apply_the_rates_of_one_device(flavour, check):
    errors = [result[check] for result in _together(flavour)]
    probe.judge(errors, _UPSTREAM.get((flavour, check)))


@functools.cache
def _with_a_server(flavour):
    results = cluster.run(
        PROGRAMS / "server_program.py",
        {"chief": 1, "worker": 2, "ps": 1},
        TF_USE_LEGACY_KERAS=_KERAS[flavour],
        TF_CPP_MIN_LOG_LEVEL="3",
    )
    code, output, errors = results["chief0"]
    assert code == 0, errors[-3000:]
    return checks.read(output)


@pytest.mark.parametrize(
    "check",
    ["inside", "outside", "edits", "own-counter", "iterations", "fit"],
)
@pytest.mark.parametrize("flavour", _KERAS)
def test_a_parameter_server_applies_the_rate_of_the_step(flavour, check):
    error = _with_a_server(flavour)[check]
    probe.judge([error], _UPSTREAM.get((flavour, check)))


def test_a_fence_makes_all_workers_edit_at_one_step():
    """Three workers, one of them slow, switch at the same step."""
    results = _run("keras", "fenced", "-", workers=3)
    _all_end_with(0, results)
    printed = [checks.read(output) for _, output, _ in results.values()]
    assert printed[0] == printed[1] == printed[2]
    # The edit arrives at step 5, before the fence at step 8.
    assert printed[0]["edits"] == [[8, 0.7]]
    schedule = tf_schedules.Adjustable(
        probe.schedule(probe.PEAK), edits=[(8, 0.7)]
    )
    weight = 0.0
    for step, copies in enumerate(printed[0]["history"]):
        weight -= float(schedule(step))
        assert copies == [weight]


def _rates_of(*outputs) -> list[float]:
    """The weights after each step; the later run's for repeated steps."""
    history = {}
    for output in outputs:
        history |= checks.read(output)
    return [history[str(step)] for step in range(probe.STEPS)]


@pytest.mark.parametrize("flavour", _KERAS)
def test_a_killed_worker_continues_at_the_right_rate(flavour, tmp_path):
    first = _run(flavour, "killed", tmp_path)
    assert first["worker1"][0] == -9
    assert first["worker0"][0] != 0  # it cannot continue alone
    second = _run(flavour, "killed", tmp_path)
    _all_end_with(0, second)
    resumed = checks.read(second["worker1"][1])
    assert "0" not in resumed, "it started from step 0"
    history = _rates_of(first["worker1"][1], second["worker1"][1])
    assert history == [[w] for w in probe.weights()]


@pytest.mark.parametrize("flavour", _KERAS)
def test_a_preempted_worker_continues_at_the_right_rate(flavour, tmp_path):
    first = _run(flavour, "preempted", tmp_path)
    _all_end_with(42, first)
    second = _run(flavour, "preempted", tmp_path)
    _all_end_with(0, second)
    resumed = checks.read(second["worker0"][1])
    assert "0" not in resumed, "it started from step 0"
    for name in first:
        history = _rates_of(first[name][1], second[name][1])
        assert history == [[w] for w in probe.weights()]
