"""A run's length: exact whole steps, what Keras counts, and clear errors."""

import copy
import itertools
import pickle
import types
from fractions import Fraction

import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules import Run

_COUNTS = st.integers(1, 10**15)
_HUNDREDTHS = st.lists(st.integers(0, 100), min_size=1, max_size=8)


def _half_up(number: Fraction) -> int:
    return (2 * number.numerator + number.denominator) // (
        2 * number.denominator
    )


@pytest.mark.parametrize(
    ("run", "steps"),
    [
        (Run(90, 5005), 450450),
        (Run(epochs=90, examples=1_281_167, batch_size=256), 450450),
        (
            Run(90, examples=1_281_167, batch_size=256, drop_remainder=True),
            450360,
        ),
        (Run(1.5, 5), 8),  # half up
        (Run(2.5, 5), 13),
        (Run(0.1, 25), 3),
        (Run(0.1, 30), 3),  # 3.0000000000000004 by floats
        (Run(1.1, 10**15), 1_100_000_000_000_000),
        (Run(np.int64(3), np.int32(7)), 21),
        (Run(2, examples=7, batch_size=7, drop_remainder=True), 2),
        (
            Run(1, examples=3 * 2**53 + 3, batch_size=3, drop_remainder=True),
            2**53 + 1,
        ),
        (Run(2, examples=3, batch_size=7), 2),
        (Run(tf.constant(2), 10.0), 20),
    ],
)
def test_total_steps(run, steps):
    assert run.total_steps == steps
    assert type(run.total_steps) is int


@hypothesis.given(_COUNTS, st.integers(0, 1000))
def test_parts_of_a_run_are_rounded_half_up(steps, thousandths):
    run = Run(1, steps)
    part = Fraction(thousandths, 1000)
    assert run.steps(thousandths / 1000) == _half_up(part * steps)
    assert run.epochs_to_steps(thousandths / 1000) == _half_up(part * steps)
    assert run.epochs_to_steps(2 + thousandths) == (2 + thousandths) * steps


@hypothesis.given(_COUNTS, _HUNDREDTHS)
def test_a_split_adds_up_and_ends_where_steps_says(steps, parts):
    run = Run(1, steps)
    hypothesis.assume(sum(parts) <= 100)
    fractions = [part / 100 for part in [*parts, 100 - sum(parts)]]
    split = run.split(*fractions)
    assert sum(split) == run.total_steps
    assert min(split) >= 0
    ends = itertools.accumulate(split)
    sums = itertools.accumulate(parts)
    for end, hundredths in zip(ends, sums, strict=False):
        assert end == run.steps(hundredths / 100)


@hypothesis.given(
    _COUNTS, st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=8)
)
def test_a_split_of_floats_that_nearly_add_up(steps, weights):
    fractions = [weight / sum(weights) for weight in weights]
    split = Run(1, steps).split(*fractions)
    assert sum(split) == steps
    for part, fraction in zip(split, fractions, strict=True):
        assert abs(part - Fraction(fraction) * steps) < 1 + steps * 1e-9


def test_thirds():
    third = 1 / 3
    assert Run(1, 100).split(third, third, third) == (33, 34, 33)
    assert Run(1, 1).split(third, third, third) == (0, 1, 0)
    assert Run(7, 9).split(1.0) == (63,)


class _Batches(keras.utils.PyDataset):
    def __len__(self):
        return 7

    def __getitem__(self, index):
        return np.zeros([2, 1]), np.zeros([2, 1])


class _Endless(keras.utils.PyDataset):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return np.zeros([2, 1]), np.zeros([2, 1])


class _Table(types.SimpleNamespace):
    """A data frame, whose length is its rows."""

    def __len__(self):
        return 8


def test_datasets():
    numbers = tf.data.Dataset.range(100)
    assert Run.of(numbers.batch(32), 2) == Run(2, 4)
    assert Run.of(numbers.batch(32, drop_remainder=True), 2) == Run(2, 3)
    assert Run.of(_Batches(), 3, 7).updates == 3
    assert Run.of({1, 2, 3, 4}, 2) == Run(2, 4)
    assert Run.of({1}, 2) == Run(2, 1)
    odd = numbers.filter(lambda x: x % 2 == 1).batch(10)
    known = odd.apply(tf.data.experimental.assert_cardinality(5))
    assert Run.of(known, 2) == Run(2, 5)
    for dataset, words in [
        (odd, "got an unknown number"),
        (numbers.repeat(), "got infinitely many"),
        (numbers.take(0), "got 0"),
        (_Endless(), "got infinitely many"),
    ]:
        with pytest.raises(ValueError, match=f"dataset must.*{words}.*Pass"):
            Run.of(dataset, 2)
    arrays = np.zeros([8, 1]), np.float32(1), tf.zeros([8])
    frames = _Table(dtypes=[]), _Table(iloc=[])
    for data in (*arrays, *frames, [1, 2], iter(()), None):
        with pytest.raises(TypeError, match="dataset must have a length in"):
            Run.of(data, 2)


@pytest.mark.parametrize("accumulated", [1, 3, 4])
def test_what_keras_counts(accumulated):
    run = Run.of(_Batches(), 2, gradient_accumulation_steps=accumulated)
    seen = []

    class Recorder(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            seen.append(int(step))
            return 0.1

    options = (
        {"gradient_accumulation_steps": accumulated} if accumulated > 1 else {}
    )
    optimizer = keras.optimizers.SGD(Recorder(), **options)
    model = keras.Sequential([keras.layers.Input([1]), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", run_eagerly=True)
    model.fit(_Batches(), epochs=2, verbose=0)
    assert int(optimizer.iterations) == run.updates == 14 // accumulated
    # A schedule sees the number of batches, at those that make an update.
    assert seen == list(range(14))[accumulated - 1 :: accumulated]
    by_update = tf_schedules.PolynomialDecay(1.0, run.updates, 0.0)
    by_batch = tf_schedules.TimeScaled(by_update, accumulated, staircase=True)
    expected = by_update(range(run.updates)).numpy().tolist()
    assert by_batch(seen).numpy().tolist() == expected


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Run(0, 10), ValueError, "epochs must .* got 0 .*Pass 90"),
        (lambda: Run(-1, 10), ValueError, "epochs must .* got -1"),
        (lambda: Run(float("nan"), 10), ValueError, "epochs must"),
        (lambda: Run(float("inf"), 10), ValueError, "epochs must"),
        (lambda: Run("3", 10), TypeError, "epochs must"),
        (lambda: Run(True, 10), TypeError, "epochs must"),
        (lambda: Run(3, 0), ValueError, "steps_per_epoch must .* got 0.*5005"),
        (lambda: Run(3, 1.5), ValueError, "steps_per_epoch must .* got 1.5"),
        (lambda: Run(0.01, 10), ValueError, "epochs must make at least one"),
        (lambda: Run(3), ValueError, "steps_per_epoch must be given, or exam"),
        (lambda: Run(3, examples=9), ValueError, "steps_per_epoch must be giv"),
        (lambda: Run(3, batch_size=9), ValueError, "steps_per_epoch must be "),
        (
            lambda: Run(3, 10, examples=9, batch_size=3),
            ValueError,
            "steps_per_epoch must be left out where",
        ),
        (
            lambda: Run(3, examples=0, batch_size=3),
            ValueError,
            "examples must .* got 0",
        ),
        (
            lambda: Run(3, examples=9, batch_size=2.5),
            ValueError,
            "batch_size must .* got 2.5",
        ),
        (
            lambda: Run(3, examples=9, batch_size=10, drop_remainder=True),
            ValueError,
            "batch_size must be at most examples, 9, .* got 10",
        ),
        (
            lambda: Run(3, examples=9, batch_size=3, drop_remainder=1),
            TypeError,
            "drop_remainder must",
        ),
        (
            lambda: Run(3, 10, gradient_accumulation_steps=0),
            ValueError,
            "gradient_accumulation_steps must .* got 0",
        ),
        (
            lambda: Run(3, 10, gradient_accumulation_steps=31),
            ValueError,
            "epochs must make at least one update",
        ),
        (lambda: Run(3, 10).steps(1.1), ValueError, "fraction must .* got 1.1"),
        (lambda: Run(3, 10).steps(-0.1), ValueError, "fraction must"),
        (lambda: Run(3, 10).epochs_to_steps(-1), ValueError, "epochs must"),
        (lambda: Run(3, 10).split(), ValueError, "fractions must add up to 1"),
        (lambda: Run(3, 10).split(0.5, 0.4), ValueError, "fractions must add"),
        (
            lambda: Run(3, 10).split(0.5, 0.5 + 2e-9),
            ValueError,
            "fractions must add",
        ),
        (lambda: Run(3, 10, examples=9), ValueError, "are given; got 10 with"),
        (
            lambda: Run(3, 10, batch_size=9),
            ValueError,
            "are given; got 10 with",
        ),
        (
            lambda: Run(3, 10).split(1.5, -0.5),
            ValueError,
            r"fractions\[0\] must .* got 1.5",
        ),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_fractions_may_miss_1_by_a_billionth():
    for miss in (1e-9, -1e-9):
        assert Run(3, 10).split(0.5, 0.5 + miss) == (15, 15)
        with pytest.raises(ValueError, match="fractions must add up to 1"):
            Run(3, 10).split(0.5, 0.5 + 1.01 * miss)


def test_a_run_is_a_value():
    run = Run(1.5, 10)
    assert eval(repr(run)) == run == pickle.loads(pickle.dumps(run))
    assert copy.deepcopy(run) == run != Run(1.5, 11)
    assert len({run, Run(1.5, 10)}) == 1
    with pytest.raises(AttributeError):
        run.epochs = 2
