"""Recipes for other runs: their length, their peak, each phase on its step."""

import bisect
import dataclasses
import json
import time
from fractions import Fraction

import cases
import numpy as np
import oracles
import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules.catalogue import adapted, clocks, rates, recipes

every_row = pytest.mark.parametrize("name", recipes())


def _drops(schedule, steps):
    """The steps at which the rate is another than at the step before."""
    rates = schedule(range(steps)).numpy()
    return (np.flatnonzero(rates[1:] != rates[:-1]) + 1).tolist()


def test_a_rate_on_a_clock_of_its_own_begins_at_its_part_of_the_run():
    """The inner clock takes 2 steps in 3; its drop after step 2 is at 4 of 10.

    A run of twice the length drops at twice that.
    """
    stair = tf_schedules.PiecewiseConstantDecay([2], [1.0, 0.5])
    slow = tf_schedules.TimeScaled(stair, 3, per=2)
    assert _drops(slow, 10) == [4]
    assert _drops(clocks.for_a_run_of(slow, 20, 10), 20) == [8]


def test_the_step_after_a_published_one_can_have_the_highest_rate():
    schedule = tf_schedules.PiecewiseConstantDecay([4, 5], [0.1, 1.0, 0.1])
    assert rates.highest(schedule, 40, 10) == 1.0


def test_the_rows():
    rows = tf_schedules.recipes()
    assert set(rows) == set(recipes())
    assert list(rows) == sorted(rows)
    with pytest.raises(TypeError):
        rows["sgdr"] = rows["noam"]


@every_row
def test_a_recipe_as_published_is_the_row(name):
    row = recipes()[name]
    assert tf_schedules.recipe(name) is row.schedule
    assert tf_schedules.recipe(name, total_steps=row.steps) is row.schedule
    same = tf_schedules.recipe(name, peak=row.peak)
    steps = np.linspace(0, row.steps, 1000).astype(np.int64)
    assert same(steps).numpy().tobytes() == (
        row.schedule(steps).numpy().tobytes()
    )


@every_row
def test_the_peak_of_a_row_is_its_highest_rate(name):
    row = recipes()[name]
    rates = row.schedule(range(row.steps)).numpy()
    assert np.float32(row.peak) == rates.max()
    case, tops = (
        cases.Case.of(row.schedule),
        np.flatnonzero(rates == rates.max()),
    )
    exact = max(case.exact(int(top)) for top in (tops[0], tops[-1]))
    assert row.peak == pytest.approx(float(exact), rel=1e-15, abs=0)


@every_row
@pytest.mark.parametrize(
    "total_steps",
    [None, 999, pytest.param(12_345, marks=pytest.mark.slow)],
)
def test_the_highest_rate_is_the_peak(name, total_steps):
    for peak in (1 / 3, np.float32(0.007)):
        schedule = tf_schedules.recipe(name, total_steps, peak)
        steps = range(total_steps or recipes()[name].steps)
        assert schedule(steps).numpy().max() == np.float32(peak)
        assert schedule.dtype == tf.float32


def test_the_peak_of_a_longer_run():
    for total_steps in (1_000_001, 3_000_000):
        schedule = tf_schedules.recipe("bert-base", total_steps, 0.3)
        rates = schedule(range(total_steps)).numpy()
        assert rates.max() == np.float32(0.3)


def test_a_peak_is_no_product_of_floats():
    for peak in (0.1, 0.7, 3e-4):
        schedule = tf_schedules.recipe("sgdr", peak=peak)
        assert schedule.initial_learning_rate == peak
        assert float(schedule(0)) == np.float32(peak)
        schedule = tf_schedules.recipe("resnet-50", peak=peak)
        decimal = Fraction(str(peak))
        assert schedule.values == tuple(
            float(decimal / 10**i) for i in range(4)
        )


@pytest.mark.parametrize(
    "total_steps",
    [225_225, 150_150, 64_350, 450_449, 450_451, 900_900, 1_351_350, 90, 7],
)
def test_a_run_of_steps_drops_at_the_same_parts(total_steps):
    schedule = tf_schedules.recipe("resnet-50", total_steps)
    starts = [
        -(-150_150 * k * total_steps // (450_450 * denominator))
        for k, denominator in ((1, 1), (2, 1), (8, 3))
    ]
    assert _drops(schedule, total_steps) == sorted(
        {start for start in starts if start < total_steps}
    )
    rates = schedule([0, *starts]).numpy()
    values = recipes()["resnet-50"].schedule.values
    for start, rate in zip([0, *starts], rates, strict=True):
        last = bisect.bisect_right(starts, start)
        assert rate == np.float32(values[last])


def test_constant_rates_after_a_ramp_begin_at_the_same_parts():
    row = recipes()["resnet-50-large-batch"]
    old = _drops(row.schedule, row.steps)
    for factor in (2, 3):
        schedule = tf_schedules.recipe(
            "resnet-50-large-batch", factor * row.steps
        )
        new = _drops(schedule, factor * row.steps)
        assert [step for step in new if step > 1570 * factor] == [
            step * factor for step in old if step > 1570
        ]


@pytest.mark.parametrize("factor", [2, 3, 10])
def test_constant_rates_by_epochs_begin_at_the_same_parts(factor):
    row = recipes()["wide-resnet"]
    schedule = tf_schedules.recipe("wide-resnet", factor * row.steps)
    assert _drops(schedule, factor * row.steps) == [
        factor * step for step in _drops(row.schedule, row.steps)
    ]


@pytest.mark.parametrize("name", ["palm", "resnet-50", "sgdr", "wide-resnet"])
@pytest.mark.parametrize("total_steps", [None, 999])
def test_a_changed_row_keeps_its_precision(name, total_steps):
    row = recipes()[name]
    row = dataclasses.replace(
        row, schedule=row.schedule.with_precision("float32")
    )
    for peak in (None, 0.3):
        schedule = adapted(row, total_steps, peak)
        assert schedule._precision_of_all() == "float32"


@pytest.mark.parametrize("name", ["resnet-50", "sgdr"])
@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16, tf.float64])
@pytest.mark.parametrize("total_steps", [None, 999])
def test_a_changed_row_keeps_its_dtype(name, dtype, total_steps):
    row = recipes()[name]
    config = row.schedule.get_config() | {"dtype": dtype.name}
    row = dataclasses.replace(row, schedule=row.schedule.from_config(config))
    schedule = adapted(row, total_steps, 0.3)
    assert schedule.dtype == dtype
    assert schedule(0) == tf.constant(0.3, dtype)


@pytest.mark.parametrize("total_steps", [150, 1000, 58_649, 58_651, 10**6])
def test_restarts_are_on_the_first_step_after_their_start(total_steps):
    schedule = tf_schedules.recipe("sgdr", total_steps)
    for cycle in range(4):
        start = Fraction(3910 * (2**cycle - 1) * total_steps, 58_650)
        first = -(-start.numerator // start.denominator)
        before, at = schedule([max(first - 1, 0), first]).numpy()
        length = Fraction(3910 * 2**cycle * total_steps, 58_650)
        part = float((first - start) / length)
        assert at == pytest.approx(0.05 * np.cos(np.pi * part / 2) ** 2)
        assert before <= at


@every_row
@pytest.mark.parametrize("total_steps", [12_345, 1_234_567])
def test_rates_are_those_of_the_same_part_of_the_run(name, total_steps):
    row = recipes()[name]
    schedule = tf_schedules.recipe(name, total_steps)
    case = cases.Case.of(schedule)
    source = np.random.default_rng(1)
    steps = {0, total_steps - 1, *source.integers(0, total_steps, 50).tolist()}
    # Where phases of the row begin, on both sides.
    for start in cases.Case.of(row.schedule).boundaries:
        at = start * total_steps // row.steps
        steps |= {at - 1, at, at + 1}
    steps = sorted(s for s in steps if 0 <= s <= total_steps)
    rates = schedule(steps).numpy()
    worst = max(
        case.excess(step, rate, "float32")
        for step, rate in zip(steps, rates, strict=True)
    )
    assert worst <= 1
    exact = oracles.exact(steps[1]) * row.steps / total_steps
    published = cases.Case.of(row.schedule).exact(exact)
    if name not in ("resnet-50", "resnet-50-large-batch"):
        assert float(published) == pytest.approx(float(rates[1]), rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *(
            "efficientnet",
            "edm2-average",
            "noam",
            "power-scheduler",
            "resnet-50",
        ),
        *("sgdr", "smith-triangular", "tensor2tensor", "wide-resnet", "wsd-s"),
    ],
)
def test_a_recipe_is_exported_in_float32(name, tmp_path):
    schedule = tf_schedules.recipe(name, 12_345, 0.1)
    path = tf_schedules.export(schedule, tmp_path, precision="float32")
    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    steps = tf.range(12_345, dtype=tf.int64)
    served = serve(step=steps)["learning_rate"].numpy()
    np.testing.assert_allclose(served, schedule(steps).numpy(), 0, 1e-7)
    loaded = tf_schedules.load(path)
    assert json.dumps(loaded.get_config()) == json.dumps(schedule.get_config())


def test_a_recipe_is_made_at_once():
    start = time.monotonic()
    schedule = tf_schedules.recipe("gpt-3", 2**40, 0.1)
    assert time.monotonic() - start < 10
    assert float(schedule(2**39)) < 0.1


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("sgrd",), ValueError, "name must .* got 'sgrd'. .* 'sgdr'"),
        (("BERT",), ValueError, "name must .*recipes"),
        (("",), ValueError, "name must"),
        ((None,), TypeError, "name must .* got None"),
        (("sgdr", 0), ValueError, "total_steps must .* got 0"),
        (("sgdr", 1.5), ValueError, "total_steps must .* got 1.5"),
        (("sgdr", "10"), TypeError, "total_steps must"),
        (("sgdr", None, 0), ValueError, "peak must .* got 0"),
        (("sgdr", None, -0.1), ValueError, "peak must .* got -0.1"),
        (("sgdr", None, float("nan")), ValueError, "peak must"),
        (("sgdr", None, "0.1"), TypeError, "peak must"),
        (("bert-base", 1, 0.1), ValueError, "total_steps must be enough"),
    ],
)
def test_errors(arguments, error, words):
    with pytest.raises(error, match=words):
        tf_schedules.recipe(*arguments)
