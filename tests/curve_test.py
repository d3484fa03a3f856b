"""What is looked at of a schedule: nothing that matters is missed."""

import cases
import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs
from tf_schedules.plotting import curve

_EVERY = 99_999


@pytest.fixture
def landmarks_only(monkeypatch):
    """Only landmarks and steps at growing distances are looked at."""
    monkeypatch.setattr(curve, "_EVERY_STEP", 0)
    monkeypatch.setattr(curve, "_EQUAL_DISTANCES", 1)


def _true_jumps(schedule, last):
    """The steps before which every step is compared with the next."""
    steps = np.arange(last + 1)
    rates = curve._rates_at(schedule, steps)
    return np.flatnonzero(curve._find_jumps(schedule, steps, rates)), rates


def _lengths(schedule):
    return sorted({min(curve.length_of(schedule), _EVERY), 3000, _EVERY})


@cases.every_case
def test_every_jump_and_the_peak_are_seen(case):
    schedule = case.make()
    for last in _lengths(schedule):
        seen = curve.curve_of(schedule, last + 1)
        jumps, rates = _true_jumps(schedule, last)
        assert np.isin([jumps, jumps + 1], seen.steps).all()
        assert np.isin(jumps, seen.steps[:-1][seen.jumps]).all()
        assert np.nanmax(seen.rates) == np.nanmax(rates)
        assert seen.peak == np.nanargmax(rates)


@cases.every_class
def test_landmarks_name_every_jump_and_the_peak(case, landmarks_only):
    if any(part.schedule == "FromFunction" for part in case.parts):
        pytest.skip("nobody knows where a function jumps")
    schedule = case.make()
    for last in _lengths(schedule):
        if len(schedule._landmarks().positions(last)) > 2**14:
            continue  # thinned, as the next test has it
        seen = curve.curve_of(schedule, last + 1)
        jumps, rates = _true_jumps(schedule, last)
        assert np.isin([jumps, jumps + 1], seen.steps).all()
        assert np.nanmax(seen.rates) == np.nanmax(rates)


def test_without_its_landmarks_a_schedule_would_lose_jumps(
    landmarks_only, monkeypatch
):
    schedule = tfs.CosineDecayRestarts(0.1, 300, 1.1)
    jumps, _ = _true_jumps(schedule, 3000)
    monkeypatch.setattr(
        tfs.CosineDecayRestarts, "_landmarks", tfs.Schedule._landmarks
    )
    seen = curve.curve_of(schedule, 3000)
    assert not np.isin(jumps, seen.steps).all()


@cases.every_class
def test_a_billion_steps_are_seen_by_few(case):
    schedule = case.make()
    seen = curve.curve_of(schedule, 10**9)
    assert len(seen.steps) <= 180_000
    assert seen.steps[0] == 0
    assert seen.steps[-1] == 10**9 - 1
    assert np.all(np.diff(seen.steps) > 0)


def test_cycles_too_short_to_be_seen_are_an_envelope():
    schedule = tfs.CosineDecayRestarts(0.1, 7.0, 1.0, 1.0, 0.2)
    seen = curve.curve_of(schedule, 10**9).thinned(200)
    assert len(seen.steps) <= 4 * 200 + 2
    columns = np.minimum(seen.steps * 200 // (10**9 - 1), 199)
    for column in range(200):
        rates = seen.rates[columns == column]
        assert max(rates) == np.float32(0.1)
        assert min(rates) == np.float32(schedule(6))


def test_thinning_keeps_a_restart_at_a_peak_of_several_steps():
    # In float32 the first steps of a cycle all have the highest rate.
    seen = curve.curve_of(tfs.CosineDecayRestarts(0.05, 3910), 58_650)
    thinned = seen.thinned(250)
    assert thinned.steps[:-1][thinned.jumps].tolist() == [3909, 11729, 27369]


def test_thinning_keeps_the_ends_and_the_extremes_of_each_column():
    steps = np.array([0, 30, 45, 60, 70, 80, 100])
    rates = np.array([5.0, 4.0, 6.0, 9.0, 6.0, 1.0, 3.0])
    whole = curve.Curve(steps, rates, np.zeros(6, bool))
    assert whole.thinned(2).steps.tolist() == [0, 30, 45, 60, 80, 100]
    assert whole.thinned(4) is whole
    even = curve.Curve(steps[:6], rates[:6], np.zeros(5, bool))
    assert even.thinned(3) is even


def test_the_staircase_of_16_bits_has_no_jumps_but_its_own():
    rate = tf.constant(0.1, tf.bfloat16)
    seen = curve.curve_of(tfs.CosineDecay(rate, 1000))
    assert len(set(seen.rates)) > 100
    assert not seen.jumps.any()
    stair = tfs.PiecewiseConstantDecay([9], [rate, 0.0625])
    assert np.flatnonzero(curve.curve_of(stair, 20).jumps).tolist() == [9]


def test_jumps_at_either_end_are_seen():
    schedule = tfs.PiecewiseConstantDecay([0, 8], [1.0, 0.5, 0.25])
    seen = curve.curve_of(schedule, 10)
    assert np.flatnonzero(seen.jumps).tolist() == [0, 8]


def test_a_jump_to_the_last_step_of_a_long_run_is_seen():
    steps = 10**7
    fall = tfs.PolynomialDecay(1.0, steps, 0.5)
    schedule = tfs.FromFunction(
        lambda step: tf.where(step < steps - 1, fall(step), 0.25)
    )
    assert np.flatnonzero(curve.curve_of(schedule, steps).jumps).size == 1


@pytest.mark.parametrize("at", [4_567_801, 4_568_999, 4_570_203])
def test_a_peak_between_steps_is_found(at):
    schedule = tfs.FromFunction(
        lambda step: 1.0 / tf.cast(1 + abs(step - at), tf.float32)
    )
    assert curve.curve_of(schedule, 10**7).peak == at


def test_a_long_curve_has_many_steps_and_ends_with_the_last_two():
    seen = curve.curve_of(tfs.Constant(0.1), 10**6)
    assert np.diff(seen.steps).max() <= 1000
    assert seen.steps[-2:].tolist() == [10**6 - 2, 10**6 - 1]


def test_thinning_keeps_a_jump_after_the_first_step():
    jumps = np.array([True] + 7 * [False])
    whole = curve.Curve(np.arange(9), np.array([1.0] + 8 * [0.5]), jumps)
    assert np.flatnonzero(whole.thinned(2).jumps).tolist() == [0]


def test_the_peak_is_a_number():
    rates = np.array([1.0, np.nan, 2.0])
    assert curve.Curve(np.arange(3), rates, np.zeros(2)).peak == 2


def test_rates_that_are_not_finite_have_no_bounds():
    rates = np.array([np.nan, np.inf])
    assert curve.Curve(np.arange(2), rates, np.zeros(1)).bounds == (0.0, 0.0)


@pytest.mark.parametrize("columns", [1, 10, 300])
def test_thinning_keeps_the_extremes_and_every_visible_jump(columns):
    schedule = tfs.CosineDecayRestarts(0.1, 100)
    seen = curve.curve_of(schedule, 5000)
    thinned = seen.thinned(columns)
    assert len(thinned.steps) <= 6 * columns + 2
    assert max(thinned.rates) == max(seen.rates)
    assert min(thinned.rates) == min(seen.rates)
    if columns == 300:
        before = seen.steps[:-1][seen.jumps]
        assert len(before) == 5
        assert thinned.steps[:-1][thinned.jumps].tolist() == before.tolist()


@pytest.mark.parametrize(
    ("schedule", "length"),
    [
        (tfs.CosineDecay(0.1, 30_000), 30_000),
        (tfs.CosineDecay(0.0, 1000, 0.0, "c", 0.1, 200), 1200),
        (tfs.CosineDecayRestarts(0.1, 100), 1500),
        (tfs.CosineDecayRestarts(0.1, 100, 1.0), 400),
        (tfs.PolynomialDecay(0.1, 70), 70),
        (tfs.PiecewiseConstantDecay([30, 60], [3.0, 2.0, 1.0]), 80),
        (tfs.Warmup(tfs.CosineDecay(0.1, 900), 100), 1000),
        (tfs.Warmup(0.1, 100), 200),
        (tfs.Shifted(tfs.CosineDecay(0.1, 900), -100), 800),
        (tfs.TimeScaled(tfs.CosineDecay(0.1, 90), 391), 90 * 391),
        (tfs.Repeated(tfs.CosineDecay(0.1, 90), 50), 200),
        (tfs.Sequence([0.1, tfs.CosineDecay(0.1, 90)], [30]), 120),
        (2.0 * tfs.OneCycle(0.1, 101), 101),
    ],
)
def test_the_length_is_that_of_the_decay_or_of_some_cycles(schedule, length):
    assert curve.length_of(schedule) == length
    assert curve.curve_of(schedule).steps[-1] == length - 1


@pytest.mark.parametrize(
    "schedule",
    [
        tfs.InverseTimeDecay(0.1, 1, 1e-20),
        tfs.InverseTimeDecay(0.1, 1e200, 1e-200),
        tfs.ExponentialDecay(0.1, 1e6, 1 - 1e-15),
        tfs.CosineDecayRestarts(0.1, 1e300),
        tfs.Repeated(tfs.CosineDecay(0.1, 90), 2**62),
    ],
)
def test_a_decay_longer_than_int64_is_shown_as_far_as_that(schedule):
    assert curve.length_of(schedule) == 2**62
    seen = curve.curve_of(schedule)
    assert seen.steps[-1] == 2**62 - 1
    assert np.isfinite(seen.rates).all()


def test_the_last_step_is_an_int64():
    assert curve.curve_of(tfs.Constant(0.1), 2**63).steps[-1] == 2**63 - 1


@pytest.mark.parametrize(
    "steps", [0, -1, 2.5, "100", float("nan"), 2**63 + 1, 2**64]
)
def test_steps_are_checked(steps):
    with pytest.raises((TypeError, ValueError), match="steps must be"):
        curve.curve_of(tfs.Constant(0.1), steps)


def test_landmarks_follow_variables():
    import tensorflow as tf

    length = tf.Variable(100)
    schedule = tfs.CosineDecay(0.1, length)
    assert curve.length_of(schedule) == 100
    length.assign(200)
    assert curve.length_of(schedule) == 200


def test_a_schedule_of_ones_own_needs_no_landmarks():
    class Square(tfs.Schedule):
        period: int
        name: str | None = "Square"

        def _formula(self, step, period):
            import tensorflow as tf

            return 1.0 + tf.floor(step / period) % 2.0

    seen = curve.curve_of(Square(100))
    assert len(seen.steps) == 1000
    assert sum(seen.jumps) == 9
