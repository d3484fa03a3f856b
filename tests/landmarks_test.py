"""Landmarks are where the rate jumps, turns or ends, and nowhere else."""

import cases
import numpy as np
import pytest

import tf_schedules as tfs
from tf_schedules.core import Landmarks

_COSINE = tfs.CosineDecay(0.1, 90)
_STAIRS = tfs.ExponentialDecay(0.1, 40, 0.1, staircase=True)

# A schedule, its positions up to 100, its length, and its notes.
_TABLE = [
    (tfs.Constant(0.1), [], 0),
    (tfs.ExponentialDecay(0.1, 40, 0.1), [], 80),
    (tfs.ExponentialDecay(0.1, 40, 1.0), [], 400),
    (tfs.ExponentialDecay(0.1, 40, 0.0), [], 400),
    (_STAIRS, [40, 80], 80),
    (tfs.InverseTimeDecay(0.1, 40, 0.5), [], 720),
    (tfs.InverseTimeDecay(0.1, 40, 0.0), [], 360),
    (tfs.InverseTimeDecay(0.1, 40, 0.5, staircase=True), [40, 80], 720),
    (tfs.PolynomialDecay(0.1, 40), [40], 40),
    (tfs.PolynomialDecay(0.1, 40, cycle=True), [40, 80], 160),
    (tfs.PowerDecay(0.1, -0.5, 2), [], 198),
    (tfs.PowerDecay(0.1, 0.5, 2), [], 198),
    (tfs.PowerDecay(0.1, -0.1), [], 999),
    (tfs.PowerDecay(0.1, 0), [], 9),
    (_COSINE, [90], 90),
    (tfs.CosineDecay(0.0, 50, 0.0, "c", 0.1, 20), [20, 70], 70),
    (tfs.CosineDecayRestarts(0.1, 10), [10, 30, 70], 150),
    (tfs.CosineDecayRestarts(0.1, 10, 1.0), [*range(10, 101, 10)], 40),
    (tfs.CosineDecayRestarts(0.1, 1, 9.0), [1, 10, 91], 91),
    (tfs.CosineDecayRestarts(0.1, 1, 9.4), [1, 10.4, 98.76], 98.76),
    (tfs.CosineDecayRestarts(0.1, 1, 9.5), [1, 10.5], 10.5),
    (tfs.CosineDecayRestarts(0.1, 10, 200.0), [10], 2010),
    (tfs.InverseSquareRootDecay(0.1, 20), [20], 200),
    (tfs.InverseSquareRootDecay(0.1, 20, 2.0), [20], 38),
    (tfs.InverseSquareRootDecay(0.1, 20, first_step=5), [15], 195),
    (tfs.InverseSquareRootDecay(0.1, 20, first_step=30), [], 180),
    (tfs.InverseSquareRootDecay(0.1, 0), [], 9),
    (tfs.WarmupStableDecay(0.1, 20, 30, 40), [20, 50, 90], 90),
    (tfs.OneCycle(0.1, 100, 0.3), [29, 99], 100),
    (tfs.OneCycle(0.1, 100, 0.3, three_phase=True), [29, 58, 99], 100),
    (tfs.OneCycle(0.1, 100, 0.0), [99], 100),
    (tfs.CyclicalLearningRate(0.0, 0.1, 30), [30, 60, 90], 240),
    (tfs.CyclicalLearningRate(0.0, 0.1, 30, 5), [30, 35, 65, 70, 100], 140),
    (tfs.PiecewiseConstantDecay([30, 60], [3.0, 2.0, 1.0]), [30, 60], 80),
    (tfs.PiecewiseConstantDecay([], [1.0]), [], 0),
    (tfs.PiecewiseConstantDecay([100], [1.0, 2.0]), [100], 400 / 3),
    (tfs.PiecewiseInterpolation([5, 10, 70], [0.0, 1.0, 0.0]), [5, 10, 70], 70),
    (tfs.Warmup(_COSINE, 9), [9, 99], 99),
    (tfs.Warmup(0.1, 9), [9], 18),
    (tfs.Warmup(_COSINE, 0), [90], 90),
    (tfs.Shifted(_COSINE, 9), [9, 99], 99),
    (tfs.Shifted(_COSINE, -9), [81], 81),
    (tfs.Shifted(_COSINE, -99), [], 0),
    (tfs.Shifted(_COSINE, 100), [100], 190),
    (tfs.Shifted(_COSINE, 101), [], 191),
    (tfs.TimeScaled(_STAIRS, 2), [80], 160),
    (tfs.TimeScaled(_STAIRS, 1, per=2), [20, 40, 60, 80, 100], 40),
    (tfs.TimeScaled(_COSINE, 20, staircase=True), [20, 40, 60, 80, 100], 1800),
    (tfs.TimeScaled(_COSINE, 1, staircase=True), [90], 90),
    (tfs.TimeScaled(_COSINE, 2, True), [*range(2, 101, 2)], 180),
    (tfs.TimeScaled(_COSINE, 3, staircase=True, per=4), [67.5], 67.5),
    (tfs.Shifted(_STAIRS, 1), [1, 41, 81], 81),
    (tfs.Shifted(_STAIRS, -39), [1, 41, 81], 41),
    (tfs.Repeated(_COSINE, 100), [90, 100], 400),
    (tfs.Repeated(_COSINE, 90), [90], 360),
    (tfs.Repeated(_STAIRS, 50), [40, 50, 90, 100], 200),
    (tfs.Repeated(tfs.Constant(0.1), 25), [25, 50, 75, 100], 100),
    (
        tfs.Sequence([_COSINE, _STAIRS, 0.1], [45, 95]),
        [45, 85, 95],
        380 / 3,
        [(45, "ExponentialDecay"), (95, "Constant")],
    ),
    (
        tfs.Sequence([0.1, _STAIRS, 0.1], [10, 45]),
        [10, 45],
        60,
        [(10, "ExponentialDecay"), (45, "Constant")],
    ),
    (
        tfs.Sequence([0.1, _COSINE], [30]),
        [30],
        120,
        [(30, "CosineDecay")],
    ),
    (
        tfs.Adjustable(_COSINE, edits=[(30, 0.5), (60, 2.0)]),
        [30, 60, 90],
        90,
        [(30, "\u00d70.5"), (60, "\u00d72")],
    ),
    (tfs.Adjustable(0.1), [], 0),
    (tfs.Adjustable(0.1, edits=[(60, 2.0)]), [60], 80, [(60, "\u00d72")]),
    (_COSINE + tfs.CosineDecay(0.1, 40), [40, 90], 90),
    (_COSINE * _STAIRS, [40, 80, 90], 90),
    (2.0 * _COSINE, [90], 90),
    (_COSINE**2, [90], 90),
    (tfs.Minimum([_COSINE, _STAIRS]), [40, 80, 90], 90),
    (tfs.Maximum([_COSINE, 0.1]), [90], 90),
    (tfs.Clamped(_COSINE, 0.01, 0.09), [90], 90),
    (tfs.FromFunction(lambda step: 0.1), [], 0),
]


@pytest.mark.parametrize(
    ("schedule", "positions", "length", "notes"),
    [(*row, [])[:4] for row in _TABLE],
    ids=[type(row[0]).__name__ for row in _TABLE],
)
def test_landmarks_of(schedule, positions, length, notes):
    found = schedule._landmarks()
    after = found.positions(100)
    assert (after >= 0).all()
    after = after[after > 0]  # at step 0 everything begins
    np.testing.assert_allclose(after, positions, rtol=1e-14)
    assert found.length == pytest.approx(length, rel=1e-14)
    assert list(found.notes) == notes


def test_the_table_has_every_class():
    missing = {*cases.public_classes()} - {type(row[0]) for row in _TABLE}
    assert missing == {tfs.Schedule, tfs.SavedModelSchedule}


@pytest.mark.parametrize(
    "landmarks",
    [
        Landmarks.cycles(1.0),
        Landmarks.cycles(1.0, 1.0 + 1e-9),
        Landmarks.cycles(1.0).repeated(4.0),
        Landmarks.at(1.0, 2.0).repeated(3.0),
    ],
)
def test_more_than_can_be_seen_are_thinned_evenly(landmarks):
    positions = landmarks.positions(2.0**20)
    assert 2**15 - 10 <= len(positions) <= 2**15
    assert positions[0] == 1
    assert positions[-1] > 2.0**20 - 40
    assert (np.diff(positions) > 0).all()
    assert np.ptp(np.diff(positions[:: len(positions) // 64])) < 600


def test_all_of_the_most_are_kept():
    positions = Landmarks.cycles(1.0).positions(2.0**15 - 1)
    assert positions.tolist() == [*range(1, 2**15)]


def test_the_length_is_the_last_position_or_0():
    assert Landmarks.at().length == 0.0
    assert Landmarks.at(0.25, 0.5).length == 0.5


def test_notes_move_with_their_schedule():
    landmarks = Landmarks.at(10.0).noted([(10.0, "here")])
    assert landmarks.shifted(5).notes == ((15.0, "here"),)
    assert landmarks.slowed(3).notes == ((30.0, "here"),)
    assert landmarks.until(10.0).notes == ()
    assert landmarks.until(11.0).notes == ((10.0, "here"),)
    both = landmarks.noted([(12.0, "there")])
    assert both.notes == ((10.0, "here"), (12.0, "there"))
    assert (landmarks | both).notes == landmarks.notes + both.notes
    # A cycle that begins again does not say what happens in it every time.
    assert landmarks.repeated(20.0).notes == ()
