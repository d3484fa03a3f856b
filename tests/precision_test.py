"""Exports in float32: within 1e-6 of the peak, with restarts on their steps."""

import math

import cases
import numpy as np
import oracles
import pytest
import saved_graph
import tensorflow as tf

import tf_schedules
from tf_schedules.saving.freezing import frozen

_LAST = 2**31
_FLOAT64 = tf.float64.as_datatype_enum
_FAR = [2**33, 2**40, 2**50 + 1, 2**53 - 1, 2**62 + 3, 2**63 - 1]


def _steps(case):
    """The case's own steps, and both sides of each of its boundaries."""
    near = [b + d for b in case.boundaries for d in (-1, 0, 1)]
    steps = {*case.steps.tolist(), *near, _LAST - 1, _LAST}
    return np.array(sorted(s for s in steps if 0 <= s <= _LAST), np.int64)


def _signatures(schedule):
    """The signatures that the export would have, without writing it."""
    signatures = frozen(schedule).with_precision("float32").signatures()
    return signatures["serving_default"], signatures["scalar"]


def _rates(schedule, steps):
    serve, _ = _signatures(schedule)
    rates = serve(step=tf.constant(steps, tf.int64))["learning_rate"]
    assert rates.dtype == tf.float32
    return rates.numpy()


def _check_nodes(nodes):
    for node in nodes:
        assert node.op in saved_graph.PORTABLE, node
        assert _FLOAT64 not in saved_graph.types(node), node


def _compared(nodes):
    """What int64 values are compared with: a name for what is no number."""
    numbers = {
        node.name: tf.make_ndarray(node.attr["value"].tensor).item()
        for node in nodes
        if node.op == "Const" and not node.attr["value"].tensor.tensor_shape.dim
    }
    whole = [
        node
        for node in nodes
        if node.attr["T"].type == tf.int64.as_datatype_enum
    ]
    found = {n.op for n in whole if n.op in ("Maximum", "Minimum")}
    for node in whole:
        if node.op in ("Less", "LessEqual", "Greater", "GreaterEqual"):
            found.add(numbers.get(node.input[1], node.input[1]))
    return found


def _limit(rates):
    """1e-6 of the peak, or of the highest rate so far if there is no peak."""
    sizes = np.abs(rates)
    grows = sizes.max() > 1e30
    peaks = np.maximum.accumulate(sizes) if grows else sizes.max()
    return np.where(sizes > 1e30, np.inf, 1e-6 * peaks)


@cases.every_class
def test_float32_exports_have_the_rates_and_portable_operations(case):
    serve, scalar = _signatures(case.make())
    steps = _steps(case)
    # Another test holds float64 rates to a few ulps of the oracle's.
    want = case.make("float64")(steps).numpy()
    limit = np.broadcast_to(_limit(want), want.shape)
    got = serve(step=tf.constant(steps))["learning_rate"].numpy()
    errors = np.abs(got - want) / limit
    assert np.all(errors <= 1), (steps[errors.argmax()], errors.max())
    for i in range(0, len(steps), 20):
        one = scalar(step=tf.constant(steps[i]))["learning_rate"]
        assert abs(one - want[i]) <= limit[i], steps[i]
    # At later steps rates need not be exact, but must still be rates.
    far = serve(step=tf.constant(_FAR, tf.int64))["learning_rate"].numpy()
    assert np.all(np.isfinite(far))
    assert np.all(far >= min(want.min(), 0) - 1e-6 * np.abs(want).max())
    # A function compares as it likes.
    has_function = any(p.schedule == "FromFunction" for p in case.parts)
    for signature in serve, scalar:
        nodes = [*saved_graph.nodes_of(signature.graph.as_graph_def())]
        _check_nodes(nodes)
        assert has_function or _compared(nodes) <= {0}


@pytest.mark.parametrize("name", ["sequence-nested", "wide-resnet", "sgdr"])
def test_a_float32_file_has_no_float64_in_it(name, tmp_path):
    """This includes the schedules inside a schedule."""
    case = cases.CASES[name]
    path = tf_schedules.export(case.make(), tmp_path, precision="float32")
    _check_nodes(saved_graph.nodes(path))
    restored = tf.saved_model.load(str(path))
    for step in (0, 5, 391 * 60, 391 * 60 + 1):
        assert abs(restored(step) - case.make()(step)) <= 1e-7
        assert abs(restored(float(step)) - case.make()(step)) <= 1e-7
    assert np.isnan(restored(np.nan))


@pytest.mark.parametrize(
    ("first", "ratio"),
    [
        *((300, 1.1), (1000, 1.5), (10, 3.0), (313, 1.2), (100, 1.01)),
        *((2.5, 1.5), (0.1, 3.0), (1e-40, 2.0), (1000, 1e30)),
        *((7, 1.0), (1, 1.0), (2.5, 1.0), (3002.3999999999996, 1.0)),
        (2**31 - 1, 1.0),
    ],
)
def test_restarts_are_on_their_steps(first, ratio):
    """Right before a restart the rate is that at the end of a cycle."""
    schedule = tf_schedules.CosineDecayRestarts(1.0, first, ratio)
    last_cycle = oracles.cycle_of(_LAST, first, ratio)
    chosen = {int(last_cycle * k / 300) for k in range(301)} | {*range(300)}
    starts = {
        math.ceil(oracles.cycle_start(c, first, ratio))
        for c in chosen
        if c <= last_cycle
    }
    steps = sorted(
        {s + d for s in starts for d in (-1, 0, 1) if 0 <= s + d <= _LAST}
    )
    want = schedule(steps).numpy()
    got = _rates(schedule, steps)
    np.testing.assert_allclose(got, want, 0, 1e-6)
    assert np.sum(want > 0.9) >= min(len(starts), 2)


@pytest.mark.parametrize("period", [5 / 3, 0.1 + 0.2, 0.0123456789, math.pi])
def test_periods_of_many_digits_are_exact_in_float32(period):
    """No product of int64 can hold their fractions."""
    schedule = tf_schedules.CosineDecayRestarts(1.0, period, 1.0)
    source = np.random.default_rng(1)
    steps = source.integers(0, _LAST, 20_000)
    steps = np.concatenate([steps, 2 ** source.uniform(0, 31, 5000)])
    steps = steps.astype(np.int64)
    want = schedule(steps).numpy()
    np.testing.assert_allclose(_rates(schedule, steps), want, 0, 1e-6)


def test_float32_reaches_step_2_to_the_62():
    schedule = tf_schedules.ExponentialDecay(1.0, 2**62, 0.25)
    rates = schedule.with_precision("float32")([2**61, 2**62 - 1, 2**62])
    np.testing.assert_allclose(rates, [0.5, 0.25, 0.25], 1e-6)


def test_a_decay_ends_at_0_in_float32():
    schedule = tf_schedules.ExponentialDecay(1.0, 1, 0.5)
    rates = schedule.with_precision("float32")([1, 100, 151, 10**9])
    assert rates.numpy().tolist() == [0.5, pytest.approx(2.0**-100), 0.0, 0.0]


def test_lengths_beyond_float32_give_the_right_rates():
    steps = [0, 1, 100, _LAST]
    for length in (1e-300, 1e300):
        for schedule in (
            tf_schedules.CosineDecay(0.1, length),
            tf_schedules.PolynomialDecay(0.1, length, cycle=True),
        ):
            want = schedule(steps).numpy()
            np.testing.assert_allclose(_rates(schedule, steps), want, 0, 1e-7)


@pytest.mark.parametrize(
    "factor", [3, 391, 0.25, 2.4, 1e-3, 391.7, 520.83, 3.1416, 3.14159]
)
def test_fractions_of_steps_are_exact(factor):
    """They are exact even where float32 cannot tell two steps apart."""
    inner = tf_schedules.Sequence(
        [
            tf_schedules.CosineDecayRestarts(0.1, 7, 1.5),
            tf_schedules.Repeated(tf_schedules.CosineDecay(0.1, 10.5), 9),
            tf_schedules.CyclicalLearningRate(0.01, 0.1, 5, 3, "triangular2"),
            tf_schedules.Shifted(
                tf_schedules.PiecewiseInterpolation([0, 5, 9], [0.0, 1, 0.5]), 3
            ),
            tf_schedules.PiecewiseConstantDecay([2.5, 7], [0.3, 0.2, 0.1]),
            tf_schedules.ExponentialDecay(0.1, 1000, 0.9),
        ],
        [10**5, 2 * 10**5, 3 * 10**5, 3 * 10**5 + 20, 3 * 10**5 + 40],
    )
    schedule = tf_schedules.TimeScaled(inner, factor)
    ends = (0, 50, 10**5, 2 * 10**5, 3 * 10**5, 3 * 10**5 + 60)
    steps = sorted(
        {
            max(int(end * factor) + d, 0)
            for end in ends
            for d in range(-3000, 3000, 1)
        }
    )
    want = schedule(steps).numpy()
    got = _rates(schedule, steps)
    np.testing.assert_allclose(got, want, 0, 1e-6)


def _restarts(period):
    return tf_schedules.CosineDecayRestarts(1.0, period, 1.0)


@pytest.mark.parametrize(
    "schedule",
    [
        *(
            tf_schedules.TimeScaled(_restarts(1000), factor)
            for factor in (1 / 3, math.pi, 50_000 / 96, 0.0123456789)
        ),
        tf_schedules.TimeScaled(_restarts(10_000 / 3), 391.7),
        tf_schedules.TimeScaled(
            tf_schedules.TimeScaled(_restarts(7), 3.14159), 2.71828
        ),
    ],
)
def test_schedules_that_float32_would_round_are_refused(schedule, tmp_path):
    with pytest.raises(ValueError, match="precision must be 'float64'"):
        tf_schedules.export(schedule, tmp_path / "new", precision="float32")
    assert not (tmp_path / "new").exists()


def test_phases_of_many_digits_are_exact_on_another_clock():
    """No int64 can hold their lengths in ticks."""
    schedule = tf_schedules.TimeScaled(
        tf_schedules.CosineDecay(1.0, 1e7 / 7), 391.7
    )
    steps = np.random.default_rng(1).integers(0, 8 * 10**8, 5000)
    want = schedule(steps).numpy()
    assert want.min() < 0.1
    np.testing.assert_allclose(_rates(schedule, steps), want, 0, 1e-6)


def test_too_many_cycles_are_refused(tmp_path):
    few = tf_schedules.CosineDecayRestarts(1.0, 1000, 1.003)
    steps = np.random.default_rng(1).integers(0, _LAST, 5000)
    want = few(steps).numpy()
    np.testing.assert_allclose(_rates(few, steps), want, 0, 1e-6)
    assert np.all(np.isfinite(_rates(few, _FAR)))
    schedule = tf_schedules.CosineDecayRestarts(0.1, 1, 1.0031)  # 5076 cycles
    with pytest.raises(ValueError, match="t_mul must be 1, or make at most"):
        tf_schedules.export(schedule, tmp_path / "new", precision="float32")
    assert not (tmp_path / "new").exists()


def test_bad_precisions_are_refused(tmp_path):
    schedule = tf_schedules.Constant(0.1)
    for precision in ("float16", tf.float32, None):
        with pytest.raises(ValueError, match="precision must be one of"):
            tf_schedules.export(schedule, tmp_path / "n", precision=precision)
    assert not (tmp_path / "n").exists()


def test_a_float32_export_leaves_the_schedule_unchanged(tmp_path):
    schedule = 2.0 * tf_schedules.CosineDecayRestarts(0.05, 313, 1.5, 0.9)
    steps = np.arange(0, 10**6, 997)
    path = tf_schedules.export(schedule, tmp_path, precision="float32")
    want = (2.0 * schedule.schedule)(steps).numpy()
    assert schedule(steps).numpy().tobytes() == want.tobytes()
    loaded = tf_schedules.load(path)
    assert loaded(steps).numpy().tobytes() == want.tobytes()
