"""Which of a sequence of cycles a step is in, and what is left of it."""

import functools
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tf_schedules.numerics.arithmetic import (
    Arithmetic,
    optimization_barrier,
)
from tf_schedules.numerics.numbers import (
    LAST_STEP,
    as_fraction,
    is_number,
    powers,
)

_EXACT_STEPS = 2**53  # later ends may be moved to the last int64
# The longest table of cycle starts. It covers every int64 step for cycle
# lengths that grow by 1 % or more.
_MAX_CYCLES = 2**12
# How far below its float64 value a cycle start is placed, relatively, where
# there is no exact table: more than the rounding of the formula, so that a
# start on a whole step is not missed.
_START_TOLERANCE = 2.0**-44
# Cycles that grow faster than this a step are too short for float32.
_MAX_GROWTH = 2.0**60


class Cycle(NamedTuple):
    """The one of a sequence of cycles that holds a step."""

    left: tf.Tensor  # what is left of it, from a unit down to above 0
    peak: Any


def cycle(
    arithmetic: Arithmetic,
    step: tf.Tensor,
    per_step: int,
    first: Any,
    ratio: Any,
    unit: Fraction,
    peak: Any,
    decay: Any,
) -> Cycle:
    """What `Step.cycle` returns, of a step and a length in counts."""
    if is_number(ratio) and ratio == 1:
        index, left = _equal_cycle(arithmetic, step, first, unit)
    else:
        if is_number(first) and is_number(ratio):
            first, ratio = as_fraction(first), as_fraction(ratio)
            table = _cycle_table(first, ratio, unit, LAST_STEP)
            last = min(arithmetic.last_exact_step * per_step, LAST_STEP)
            if table is None and last < LAST_STEP:
                table = _cycle_table(first, ratio, unit, last)
                step = arithmetic.minimum(step, last - 1)
            if table is not None:
                return _tabulated_cycle(
                    arithmetic, step, table, float(unit), peak, decay
                )
            if not arithmetic.estimates_restarts:
                raise ValueError(
                    f"t_mul must be 1, or make at most {_MAX_CYCLES} cycles up "
                    "to step 2**31, for precision='float32'; got "
                    f"{float(ratio)}. Calculate in float64."
                )
        index, left = _geometric_cycle(
            arithmetic, step, first, ratio, float(unit)
        )
    power = arithmetic.whole_power(decay, index)
    return Cycle(left, optimization_barrier(peak * power))


def _equal_cycle(
    arithmetic: Arithmetic, step: tf.Tensor, period: Any, unit: Fraction
) -> tuple[tf.Tensor, tf.Tensor]:
    real = arithmetic.real
    index, past, whole = arithmetic.divide(step, period)
    if is_number(whole):
        return index, real(whole - past) * float(unit / as_fraction(whole))
    return index, real(whole - past) / real(whole) * float(unit)


class _CycleTable(NamedTuple):
    growth: float  # (ratio - 1) / first
    log_ratio: float
    starts: np.ndarray  # int64: the first whole step of each cycle
    float_starts: np.ndarray  # float64: the least number in each cycle
    lasts: np.ndarray  # int64: the last whole step of each cycle
    rests: np.ndarray  # float64: from that step to the end, in (0, 1]
    scales: np.ndarray  # float64: the unit over the length of each cycle


@functools.lru_cache(maxsize=256)
def _cycle_table(
    first: Fraction, ratio: Fraction, unit: Fraction, last_step: int
) -> _CycleTable | None:
    """Every cycle that a step can fall into; None where too many."""
    # Far beyond every step a length has no effect but overflow.
    limit = Fraction(2**200)
    first, ratio = max(min(first, limit), 1 / limit), min(ratio, limit)
    growth = float((ratio - 1) / first)
    log_ratio = math.log1p(ratio - 1) if ratio < 2 else math.log(ratio)
    if math.log1p(last_step * growth) / log_ratio > _MAX_CYCLES:
        return None
    rows = []
    # Sums over one common denominator: a Fraction would look for common
    # factors of ever longer numbers.
    (a, b), (p, q) = first.as_integer_ratio(), ratio.as_integer_ratio()
    start, length, denominator = 0, a, b
    start_step = 0
    while True:
        end = start + length
        end_step = -(-end // denominator)
        last = min(end_step - 1, last_step)
        rows.append(
            (
                min(start_step, last_step),
                _round_up(start, denominator),
                last,
                (end - last * denominator) / denominator,
                unit.numerator * denominator / (unit.denominator * length),
            )
        )
        if start_step > last_step:
            break
        start, length, denominator = end * q, length * p, denominator * q
        start_step = end_step
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return _CycleTable(growth, log_ratio, *columns)


def _round_up(numerator: int, denominator: int) -> float:
    nearest = numerator / denominator
    if Fraction(nearest) * denominator < numerator:
        return math.nextafter(nearest, math.inf)
    return nearest


def _tabulated_cycle(
    arithmetic: Arithmetic,
    step: tf.Tensor,
    table: _CycleTable,
    unit: float,
    peak: Any,
    decay: Any,
) -> Cycle:
    real, lookup = arithmetic.real, arithmetic.lookup
    whole = step.dtype == tf.int64
    starts = table.starts if whole else table.float_starts
    if step.shape.rank == 0 or not (
        arithmetic.estimates_restarts or _is_long(table)
    ):
        index = arithmetic.count_reached(step, starts[1:])
    else:
        index = _cycle_or_next(step, table)
        is_next = arithmetic.is_less(step, lookup(starts, index))
        index -= tf.cast(is_next, tf.int32)
    least, most = arithmetic.least_scale, arithmetic.most_scale
    # What differs from cycle to cycle is looked up at once.
    columns = [np.clip(table.scales, unit * least, unit * most)]
    if is_number(decay) and decay != 1:
        amplitudes = powers(decay, len(starts))
        columns.append(amplitudes * (peak if is_number(peak) else 1.0))
    if whole and np.all(table.rests[starts < _EXACT_STEPS] == 1):
        ends = np.minimum(table.lasts, LAST_STEP - 1) + 1
        scale, *others = arithmetic.lookup_all(columns, index)
        left = real(lookup(ends, index) - step)
    else:
        lasts = table.lasts.astype(step.dtype.as_numpy_dtype)
        columns.append(np.clip(table.rests, least, most))
        scale, *others, rest = arithmetic.lookup_all(columns, index)
        left = real(lookup(lasts, index) - step) + rest
    if not is_number(decay):
        peak = optimization_barrier(peak * arithmetic.whole_power(decay, index))
    elif others and is_number(peak):
        (peak,) = others
    elif others:
        peak = optimization_barrier(peak * others[0])
    return Cycle(left * scale, peak)


def _is_long(table: _CycleTable) -> bool:
    """Whether float32 can tell a step from a cycle more."""
    return table.growth * math.exp(table.log_ratio / 2) < _MAX_GROWTH


def _cycle_or_next(step: tf.Tensor, table: _CycleTable) -> tf.Tensor:
    # A logarithm good to half a cycle: float32 is enough, and fast wherever
    # float64 is emulated, unless cycles are shorter than any step.
    shift = math.exp(table.log_ratio / 2)  # half a cycle
    dtype = tf.float32 if _is_long(table) else tf.float64
    position = tf.cast(step, dtype) * (table.growth * shift) + shift
    return tf.cast(tf.math.log(position) * (1 / table.log_ratio), tf.int32)


def _geometric_cycle(
    arithmetic: Arithmetic, step: tf.Tensor, first: Any, ratio: Any, unit: float
) -> tuple[tf.Tensor, tf.Tensor]:
    dtype, real = arithmetic.dtype, arithmetic.real
    first = tf.convert_to_tensor(real(first), dtype)
    ratio = tf.convert_to_tensor(real(ratio), dtype)
    log_ratio = tf.maximum(tf.math.log(ratio), 0.0)
    unit_length = first / _mean_exponential(log_ratio)

    def start(cycle: tf.Tensor) -> tf.Tensor:
        return unit_length * cycle * _mean_exponential(cycle * log_ratio)

    step = real(step)
    divisor = tf.maximum(log_ratio, 1e-30)  # the limit, where it is 0
    growth = tf.math.expm1(divisor)
    index = tf.floor(tf.math.log1p(step * growth / first) / divisor + 0.5)
    too_late = step < start(index) * (1.0 - _START_TOLERANCE)
    index -= tf.cast(too_late, dtype)
    left = start(index + 1.0) - step
    left /= first * tf.exp(index * log_ratio)
    return index, tf.clip_by_value(left, 0.0, 1.0) * unit


def _mean_exponential(x: tf.Tensor) -> tf.Tensor:
    """The mean of exp from 0 to x >= 0, with an exact gradient near 0 too."""
    small, large = tf.minimum(x, 0.5), tf.maximum(x, 0.5)
    terms = (1 / math.factorial(n + 1) for n in reversed(range(15)))
    series = functools.reduce(lambda total, term: total * small + term, terms)
    return tf.where(x < 0.5, series, tf.math.expm1(large) / large)
