"""Whole steps are divided by any count exactly, in either arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from tf_schedules.numerics.arithmetic import FLOAT64
from tf_schedules.numerics.numbers import as_fraction
from tf_schedules.numerics.portable import PRECISIONS

_STEPS = [0, 1, 2, 3, 7, 391, 1000, 2**24 + 1, 2**31 - 1]
_FAR = [2**53 + 1, 2**61 - 1]
_COUNTS = [1, 2, 3, 391, 2**40 + 1, 2.5, 0.1, 1e-3, 391.7, 3.14159, 1 / 3]


@pytest.fixture(params=PRECISIONS, scope="module")
def arithmetic(request):
    return PRECISIONS[request.param]


def _steps(arithmetic):
    return _STEPS + [s for s in _FAR if s <= arithmetic.last_exact_step]


def _assert_divides(division, steps, counts, tolerance):
    columns = [np.broadcast_to(part, len(steps)) for part in division]
    for step, count, index, past, divisor in zip(
        steps, counts, *columns, strict=True
    ):
        quotient, rest = divmod(Fraction(step), as_fraction(count))
        part = float(rest / as_fraction(count))
        assert index == quotient, (step, count)
        assert 0 <= past < divisor
        assert past / divisor == pytest.approx(part, abs=tolerance)


@pytest.mark.parametrize("count", _COUNTS)
def test_whole_steps_are_divided_exactly(arithmetic, count):
    steps = _steps(arithmetic) if count >= 1 else _STEPS
    result = arithmetic.divide(tf.constant(steps, tf.int64), count)
    _assert_divides(result, steps, [count] * len(steps), 1e-12)


def test_integer_tensors_divide_exactly(arithmetic):
    counts = [1, 2, 3, 391, 2**31 - 1, 2**40 + 1]
    pairs = [(s, c) for s in _steps(arithmetic) for c in counts]
    steps, counts = zip(*pairs, strict=True)
    result = arithmetic.divide(
        tf.constant(steps, tf.int64), tf.constant(counts, tf.int64)
    )
    _assert_divides(result, steps, counts, 1e-12)


@pytest.mark.parametrize("numerator", [1, 3, 391])
def test_clocks_that_run_a_billion_times_faster_divide_exactly(numerator):
    steps = [*range(2**31 - 300, 2**31), *range(2**30, 2**30 + 300), 1, 2]
    counts = tf.constant(steps, tf.int64)
    for denominator in (2**20 + 7, 2**26 + 1, 2**30 + 1):
        division = PRECISIONS["float32"].divide_whole(
            counts, numerator, denominator
        )
        count = Fraction(numerator, denominator)
        _assert_divides(division, steps, [count] * len(steps), 1e-12)


@pytest.mark.parametrize("count", [2, 2.5, 0.1, 391.7])
def test_fractions_of_steps_are_divided_too(count):
    """Also where the fraction completes a count that the whole step lacks."""
    steps = [0.0, 0.25, 1.75, 2.25, 2.75, 4.875, 391.5, 391.75, 1000.125]
    result = FLOAT64.divide(tf.constant(steps, tf.float64), count)
    _assert_divides(result, steps, [count] * len(steps), 1e-9)


def test_a_slower_clock_is_counted_where_int64_goes_far_enough():
    assert FLOAT64.slowed(2.4, 1, 1) == Fraction(12, 5)
    assert FLOAT64.slowed(2.4, 10, 1) == 24
    assert FLOAT64.slowed(1e-4, 1, 1) == Fraction(1, 10_000)
    assert FLOAT64.slowed(520.83, 1, 1) == Fraction(52_083, 100)
    assert FLOAT64.slowed(520.83, 1, 10) is None
    assert FLOAT64.slowed(math.pi, 1, 1) is None
    assert PRECISIONS["float32"].slowed(3.14159, 1, 1) == Fraction("3.14159")


@pytest.mark.parametrize("base", [1.001, 2.0])
def test_powers_beyond_all_numbers_are_finite(arithmetic, base):
    """Or a rate of 0 that grows so would not be a number."""
    counts = tf.constant([10**6, 10**6 + 500, 2**61], tf.int64)
    powers = arithmetic.whole_power(base, counts).numpy()
    assert np.all(np.isfinite(powers)), powers
