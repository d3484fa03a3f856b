"""Numbers that are known while tracing: what they mean exactly."""

import decimal
import math
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np

Number = int | float | Fraction

LAST_STEP = 2**63 - 1
# Products of an int64 step with anything smaller may wrap around; their
# difference is then still exact, because it fits in 63 bits itself.
INT64_SAFE = 2**62
HALF_PI = Fraction("1.57079632679489661923132169163975144209858469968755")
_CONTEXT = decimal.Context(prec=50)


def is_number(value: Any) -> TypeGuard[Number]:
    """Whether `value` is a Python number, known while tracing."""
    return isinstance(value, int | float | Fraction)


def are_numbers(values: Any) -> bool:
    """Whether all of a sequence are Python numbers."""
    return all(map(is_number, values))


def as_fraction(number: Number) -> Fraction:
    """The rational number that a Python number's shortest decimal names."""
    if isinstance(number, float):
        return Fraction(repr(float(number)))
    return Fraction(number)


def whole_ratio(*numbers: Fraction) -> tuple[int, ...] | None:
    """The numbers as multiples of one part, and how many parts make 1.

    None if int64 could not hold the products of a step with them.
    """
    parts = math.lcm(*(number.denominator for number in numbers))
    wholes = (*(int(number * parts) for number in numbers), parts)
    return wholes if max(map(abs, wholes)) < INT64_SAFE else None


def is_whole(count: Any) -> bool:
    """Whether a count is a whole Python number or an integer tensor."""
    if is_number(count):
        return as_fraction(count).denominator == 1
    return bool(count.dtype.is_integer)


def as_whole(count: Any) -> Any:
    """A whole count as a Python int that int64 can hold, or a tensor."""
    if is_number(count):
        return max(min(int(count), LAST_STEP), -LAST_STEP)
    return count


def scaled(count: Any, unit: int) -> Any:
    """A count of steps, or None, in units of which so many are a step."""
    if unit == 1 or count is None:
        return count
    if is_number(count):
        return as_fraction(count) * unit
    return count * (unit if count.dtype.is_integer else float(unit))


def logarithm(base: Number, denominator: Number = 1) -> decimal.Decimal:
    """ln(base) / denominator to 50 digits."""
    divisor = as_fraction(denominator)
    result = _CONTEXT.ln(decimal.Decimal(repr(base)))
    result = _CONTEXT.multiply(result, decimal.Decimal(divisor.denominator))
    return _CONTEXT.divide(result, decimal.Decimal(divisor.numerator))


def powers(base: Number, count: int) -> np.ndarray:
    """The first powers of a base, from the 0th on, each rounded once."""
    factor, power, table = decimal.Decimal(repr(base)), decimal.Decimal(1), []
    for _ in range(count):
        table.append(min(float(power), np.finfo(np.float64).max))
        power = _CONTEXT.multiply(power, factor)
    return np.array(table)
