"""What workers agree on, in one process that plays them all.

Real workers are in cluster_test.py.
"""

import hashlib
import json
import math

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules.distribute import workers


class _HeardError(Exception):
    """Ends a worker's turn when it has said its numbers."""


@pytest.fixture
def together(monkeypatch):
    """Runs a function of each worker; the results, or the errors' texts."""

    def run(*functions, local=1):
        said = []

        def say(numbers):
            said.append(numbers)
            raise _HeardError

        monkeypatch.setattr(workers, "_sum", say)
        for function in functions:
            with pytest.raises(_HeardError):
                function()
        total = [local * sum(column) for column in zip(*said, strict=True)]
        sums = (total, local * len(functions), local)
        monkeypatch.setattr(workers, "_sum", lambda _: sums)
        return [_outcome(function) for function in functions]

    return run


def _outcome(function):
    try:
        return function()
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("local", [1, 4])
@pytest.mark.parametrize("factor", [0.0, 0.1, 1, 1e300, np.float32(0.3)])
def test_the_factor_of_one_worker_reaches_all_exactly(together, factor, local):
    def agree(*own):
        return lambda: tf_schedules.agree_on_factor(*own)

    assert (
        together(agree(), agree(factor), agree(), local=local) == [factor] * 3
    )
    assert together(agree(), agree(), local=local) == [None] * 2
    for error in together(agree(factor), agree(), agree(0.5), local=local):
        assert "by one worker at a time; got 2 proposals" in error


@pytest.mark.parametrize("bad", [-0.1, math.inf, math.nan, "a", []])
def test_a_bad_factor_is_an_error_on_all_workers(together, bad):
    own, other = together(
        lambda: tf_schedules.agree_on_factor(bad), tf_schedules.agree_on_factor
    )
    assert f"at least 0, or None; got {bad!r}." in own
    assert "at least 0, or None; got something else from another" in other


def test_schedules_that_differ_are_an_error(together):
    def same(rate, late=None):
        schedule = tf_schedules.Constant(rate)
        if late is not None:
            vars(schedule)["_formula"] = lambda step, learning_rate: tf.where(
                step.is_before(2**51), tf.constant(rate, tf.float64), late
            )
        return lambda: tf_schedules.assert_same_on_all_workers(schedule)

    def same_in_another_order():
        schedule = tf_schedules.Constant(0.1)
        config = dict(reversed(schedule.get_config().items()))
        vars(schedule)["get_config"] = lambda: config
        tf_schedules.assert_same_on_all_workers(schedule)

    alike = (same(0.1), same(0.1), same_in_another_order)
    assert together(*alike, local=2) == [None, None, None]
    configs = together(same(0.1), same(0.2))
    rates = together(same(0.1), same(0.1, late=0.2))
    for errors, what in ((configs, "configs"), (rates, "rates")):
        for error in errors:
            assert f"on all workers; their {what} differ" in error


def test_the_rates_at_64_steps_are_compared():
    assert len(workers._PROBES) == len({*workers._PROBES}) == 64
    assert max(workers._PROBES) == 2**51


def test_a_digest_is_16_bytes_in_numbers_of_16_bits():
    want = hashlib.sha256(b"rates").digest()[:16]
    assert np.array(workers._digest(b"rates"), ">u2").tobytes() == want


def test_sums_are_over_the_replicas_of_a_strategy(monkeypatch):
    assert workers._sum([1, 2]) == ([1, 2], 1, 1)
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with strategy.scope():
        assert workers._sum([1, 2**30]) == ([1, 2**30], 1, 1)
        with pytest.raises(RuntimeError, match="outside replicas"):
            strategy.run(tf_schedules.agree_on_factor)
    for count in (1, 2):
        hosts = [f"127.0.0.1:{port}" for port in range(1, 1 + count)]
        task = {"type": "worker", "index": 0}
        config = json.dumps({"cluster": {"worker": hosts}, "task": task})
        monkeypatch.setenv("TF_CONFIG", config)
        if count == 1:
            assert tf_schedules.agree_on_factor(0.5) == 0.5
            continue
        with pytest.raises(RuntimeError, match=r"inside strategy\.scope"):
            tf_schedules.agree_on_factor(0.5)
