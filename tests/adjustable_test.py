"""Edits of a running schedule are data: they apply, persist and replay."""

import json
import threading

import numpy as np
import pytest
import tensorflow as tf
import traces

import tf_schedules as tfs


def _schedule(**options):
    return tfs.Adjustable(tfs.ExponentialDecay(1.0, 4, 0.5), **options)


@pytest.mark.parametrize("compiled", [False, True])
def test_an_edit_takes_effect_at_its_step_without_retracing(compiled):
    schedule = _schedule()
    train = tf.function(schedule, jit_compile=compiled)
    steps = tf.range(12)
    inner = tfs.ExponentialDecay(1.0, 4, 0.5)(steps).numpy()
    np.testing.assert_allclose(train(steps), inner, rtol=1e-6)
    schedule.scale_from(4, 0.5)
    schedule.scale_from(8, 4.0)
    factors = np.array([1.0] * 4 + [0.5] * 4 + [2.0] * 4, np.float32)
    for call in (train, schedule):
        np.testing.assert_allclose(call(steps), inner * factors, rtol=1e-6)
    assert train.experimental_get_tracing_count() == 1
    assert not schedule.trainable_variables
    assert float(schedule(7.9)) == pytest.approx(0.5 * 0.5 ** (7.9 / 4))


def test_the_last_step_has_the_last_factor():
    schedule = tfs.Adjustable(1.0)
    assert float(schedule(2**63 - 1)) == 1.0
    schedule.scale_from(8, 0.5)
    assert float(schedule(2**63 - 1)) == 0.5


def test_sixteen_edits_fit_by_default():
    schedule = tfs.Adjustable(0.1, edits=[(i, 0.5) for i in range(16)])
    with pytest.raises(ValueError, match="capacity must be above the 16"):
        schedule.scale_from(99, 0.5)


def test_invalid_edits_are_refused():
    schedule = _schedule(capacity=2)
    schedule.scale_from(10, 0.5, now=10)
    before = schedule.edits.rows()
    for step, factor, now, error, message in [
        (9, 0.5, None, ValueError, "step must be at least 10, where the last"),
        (20, 0.5, 21, ValueError, "step must be at least 21, where the run is"),
        (20, 0.5, tf.Variable(30), ValueError, "step must be at least 30"),
        (-1, 0.5, None, ValueError, "step must be a whole number of at least"),
        (20.5, 0.5, None, ValueError, "step must be a whole number"),
        (20, -0.5, None, ValueError, "factor must be a finite number"),
        (20, float("nan"), None, ValueError, "factor must be a finite number"),
        (20, tf.Variable(-1.0), None, ValueError, "factor must be a finite"),
        (2**63 - 1, 0.5, None, ValueError, "step must be below"),
        (20, "1", None, TypeError, "factor must be a finite number"),
    ]:
        with pytest.raises(error, match=message):
            schedule.scale_from(step, factor, now)
        assert schedule.edits.rows() == before
    with pytest.raises(TypeError, match=r"edits must be .step, factor. pairs"):
        _schedule(edits=[1, 2])
    vast = _schedule(edits=[(1, 1e300)])
    with pytest.raises(ValueError, match="factor must be a finite number"):
        vast.scale_from(2, 1e300)
    schedule.scale_from(10, 0.5)
    with pytest.raises(ValueError, match="capacity must be above the 2 edits"):
        schedule.scale_from(30, 0.5)
    assert schedule.edits.rows() == [(10, 0.5), (10, 0.25)]
    with pytest.raises(ValueError, match="capacity must be above the 1 edit"):
        _schedule(capacity=1, edits=[(1, 0.5), (2, 0.5)])
    for wrong in (0, 1.5, 2**16 + 1):
        with pytest.raises(ValueError, match="capacity must be a whole numb"):
            _schedule(capacity=wrong)
    assert _schedule(capacity=2**16).edits.capacity == 2**16
    assert _schedule(capacity=tf.constant(2)).edits.capacity == 2
    # The fix that the error suggests: a longer table with the same edits.
    longer = _schedule(capacity=4, edits=schedule.edits.rows())
    np.testing.assert_array_equal(longer(range(40)), schedule(range(40)))


def _train(schedule, weight, optimizer, count):
    """The applied rates, read from a weight whose gradient is 1."""
    rates = []
    for _ in range(count):
        before = float(weight)
        optimizer.apply_gradients([(tf.constant(1.0, tf.float64), weight)])
        rates.append(before - float(weight))
    return rates


def test_a_replay_after_a_crash_has_the_same_rates(tmp_path):
    def start():
        schedule = _schedule()
        weight = tf.Variable(0.0, dtype=tf.float64)
        optimizer = tf.keras.optimizers.SGD(schedule)
        optimizer.build([weight])
        checkpoint = tf.train.Checkpoint(optimizer=optimizer, weight=weight)
        return schedule, weight, optimizer, checkpoint

    schedule, weight, optimizer, checkpoint = start()
    rates = _train(schedule, weight, optimizer, 5)
    schedule.scale_from(8, 0.125, now=optimizer.iterations)
    path = checkpoint.write(str(tmp_path / "c"))
    rates += _train(schedule, weight, optimizer, 10)
    # The crash loses the steps after the checkpoint.
    schedule, weight, optimizer, checkpoint = start()
    checkpoint.read(path).assert_existing_objects_matched()
    replayed = _train(schedule, weight, optimizer, 10)
    assert replayed == rates[5:]
    want = [0.5 ** (s / 4) * (0.125 if s >= 8 else 1) for s in range(15)]
    np.testing.assert_allclose(rates, want, rtol=1e-6)


def test_configs_models_and_saved_models_keep_the_edits(tmp_path):
    schedule = _schedule(capacity=3)
    schedule.scale_from(2**40, 0.5)
    schedule.scale_from(2**40 + 1, 0.1)
    steps = [0, 5, 2**40 - 1, 2**40, 2**40 + 1]
    config = json.loads(json.dumps(schedule.get_config()))
    assert config["edits"] == [[2**40, 0.5], [2**40 + 1, 0.05]]
    again = tfs.Adjustable.from_config(config)
    np.testing.assert_array_equal(again(steps), schedule(steps))
    loaded = tfs.load(tfs.export(schedule, tmp_path))
    np.testing.assert_array_equal(loaded(steps), schedule(steps))
    tf.saved_model.save(schedule, str(tmp_path / "live"))
    restored = tf.saved_model.load(str(tmp_path / "live"))
    np.testing.assert_array_equal(restored(steps), schedule(steps))


def test_threads_share_one_trace_of_a_live_schedule():
    rate = tf.Variable(1.0)
    schedule = tfs.Adjustable(tfs.ExponentialDecay(rate, 4, 0.5))
    rates = []
    with traces.of(schedule) as traced:
        threads = [
            threading.Thread(
                target=lambda: rates.append(schedule(np.arange(50)).numpy())
            )
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(traced) == 1
    assert len(rates) == 16
    for one in rates:
        np.testing.assert_array_equal(one, rates[0])


def test_a_table_of_edits_can_become_longer():
    short = tfs.Adjustable(tfs.ExponentialDecay(1.0, 2, 0.5), 1, [(4, 0.5)])
    longer = tfs.Adjustable(short.schedule, capacity=2, edits=short.edits)
    longer.scale_from(6, 0.5)
    assert longer.edits.rows() == [(4, 0.5), (6, 0.25)]
    assert short.edits.rows() == [(4, 0.5)]
