"""One worker of a cluster of two; started by cluster_test.py.

    cluster_program.py <what> <folder>

It prints a JSON object: for each check, null or the error; or, if training
continues after a restart, the weight after each step.
"""

import json
import os
import signal
import sys
import time

import checks
import cluster
import probe
import pytest
import tensorflow as tf

import tf_schedules

TASK = json.loads(os.environ["TF_CONFIG"])["task"]
STOPPED = 5  # a worker stops after this step, which follows a retune


def check_loop(strategy, where):
    """Every worker applies exactly the rates of a single device."""
    history = probe.loop(strategy, where)
    assert history == [[w] for w in probe.weights(where)], history


def check_fit(strategy, where):
    history = probe.fit(strategy, where)
    assert history == [[w] for w in probe.weights(where)], history


def check_same(strategy):
    """The check passes at the start and fails after one worker diverges."""
    with strategy.scope():
        peak = tf.Variable(
            0.5,
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        schedule = probe.schedule(peak)
        tf_schedules.assert_same_on_all_workers(schedule)
        if TASK["index"] == 1:
            peak.assign(0.25)
        with pytest.raises(ValueError, match="their configs differ"):
            tf_schedules.assert_same_on_all_workers(schedule)
        peak.assign(0.25)  # on every worker, the right way to retune
        tf_schedules.assert_same_on_all_workers(schedule)
        with pytest.raises(ValueError, match="got 2 proposals"):
            tf_schedules.agree_on_factor(0.5)
        # A bad factor ends the wait on every worker.
        bad = (-1.0, None) if TASK["index"] else (None, "half")
        for factor in bad:
            with pytest.raises(ValueError, match="factor must be a finite"):
                tf_schedules.agree_on_factor(factor)
        assert tf_schedules.agree_on_factor() is None
        zero = 0.0 if TASK["index"] else None
        assert tf_schedules.agree_on_factor(zero) == 0.0
        other = tf_schedules.Constant(0.1 if TASK["index"] else 0.2)
        with pytest.raises(ValueError, match="their configs differ"):
            tf_schedules.assert_same_on_all_workers(other)
        other = tf_schedules.Constant(0.1)
        if TASK["index"]:
            vars(other)["_formula"] = lambda step, learning_rate: 0.2
        with pytest.raises(ValueError, match="their rates differ"):
            tf_schedules.assert_same_on_all_workers(other)
    # Outside the scope there is nothing to compare with.
    with pytest.raises(RuntimeError, match=r"inside strategy\.scope"):
        tf_schedules.assert_same_on_all_workers(other)
    with pytest.raises(RuntimeError, match=r"inside strategy\.scope"):
        tf_schedules.agree_on_factor(0.5)


def check_outside(strategy):
    """With one replica per worker, each counts its own steps correctly."""
    optimizer = tf.keras.optimizers.SGD(probe.schedule(probe.PEAK))
    with strategy.scope():
        weight = tf.Variable(0.0, dtype=tf.float64)
        optimizer.build([weight])
    step = probe.training_step(strategy, optimizer, weight)
    for want in probe.weights()[: probe.RETUNED]:
        step()
        assert probe.copies(strategy, weight) == [want]
    assert optimizer.iterations.numpy() == probe.RETUNED


def together(strategy):
    """Runs the checks of two workers in step."""
    return checks.run(
        [
            ("loop-inside", check_loop, strategy, "inside"),
            ("loop-outside", check_loop, strategy, "outside"),
            ("loop-edits", check_loop, strategy, "edits"),
            ("same", check_same, strategy),
            ("optimizer-outside", check_outside, strategy),
            ("fit-inside", check_fit, strategy, "inside"),
            ("fit-outside", check_fit, strategy, "outside"),
            ("fit-edits", check_fit, strategy, "edits"),
        ]
    )


def fenced(strategy):
    """Applies edits that reach one worker, while another worker is slow."""
    with strategy.scope():
        schedule = tf_schedules.Adjustable(probe.schedule(probe.PEAK))
    optimizer, weight = probe.optimizer_and_weight(strategy, schedule)
    step = probe.training_step(strategy, optimizer, weight)
    history = []
    heard = None
    for number in range(24):
        if TASK["index"] == 1 and number == 5:
            heard = 0.7
        if TASK["index"] == 2:
            time.sleep(0.1)
        if number % 4 == 0:
            with strategy.scope():
                factor = tf_schedules.agree_on_factor(heard)
            if factor is not None:
                heard = None
                schedule.scale_from(number, factor)
        step()
        history.append(probe.copies(strategy, weight))
    return {"history": history, "edits": schedule.edits.rows()}


def killed(strategy, folder):
    """Trains from a checkpoint on; SIGKILL ends the first run."""
    peak, optimizer, weight, checkpoint = probe.checkpointed(strategy)
    # Every worker saves; only the chief's checkpoint is kept.
    own = os.path.join(folder, str(TASK["index"]))
    manager = tf.train.CheckpointManager(checkpoint, own, max_to_keep=2)
    is_first = tf.train.latest_checkpoint(os.path.join(folder, "0")) is None
    if not is_first:
        latest = tf.train.latest_checkpoint(os.path.join(folder, "0"))
        checkpoint.restore(latest).assert_existing_objects_matched()
    step = probe.training_step(strategy, optimizer, weight)
    history = {}
    for number in range(optimizer.iterations.numpy(), probe.STEPS):
        if number == probe.RETUNED:
            peak.assign(probe.NEW_PEAK)
        step()
        history[number] = probe.copies(strategy, weight)
        manager.save()
        if is_first and number == STOPPED and TASK["index"] == 1:
            checks.write(history)
            os.kill(os.getpid(), signal.SIGKILL)
    return history


def preempted(strategy, folder):
    """Trains with PreemptionCheckpointHandler; the first run gets SIGTERM."""
    peak, optimizer, weight, checkpoint = probe.checkpointed(strategy)
    first = os.path.join(folder, "first")
    is_first = not os.path.exists(first + str(TASK["index"]))
    open(first + str(TASK["index"]), "w").close()
    handler = tf.distribute.experimental.PreemptionCheckpointHandler(
        strategy.cluster_resolver,
        checkpoint,
        os.path.join(folder, "checkpoints"),
        tf.distribute.experimental.TerminationConfig(exit_fn=_leave),
    )
    step = probe.training_step(strategy, optimizer, weight)
    for number in range(optimizer.iterations.numpy(), probe.STEPS):
        if number == probe.RETUNED:
            peak.assign(probe.NEW_PEAK)
        handler.run(step)
        HISTORY[number] = probe.copies(strategy, weight)
        if is_first and number == STOPPED and TASK["index"] == 1:
            os.kill(os.getpid(), signal.SIGTERM)
    return HISTORY


HISTORY = {}


def _leave():
    checks.write(HISTORY)
    cluster.leave(42)


def main():
    what, folder = sys.argv[1:]
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    match what:
        case "together":
            result = together(strategy)
        case "fenced":
            result = fenced(strategy)
        case "killed":
            result = killed(strategy, folder)
        case "preempted":
            result = preempted(strategy, folder)
    checks.write(result)
    cluster.leave(0)  # threads of the collectives may never end


if __name__ == "__main__":
    main()
