"""Errors in units in the last place, without TensorFlow."""

import mpmath

# The bits of the significand, and the exponent of the smallest normal number.
FORMATS = {
    "bfloat16": (8, -126),
    "float16": (11, -14),
    "float32": (24, -126),
    "float64": (53, -1022),
}
_OVERFLOW = {
    "bfloat16": 2.0**128,
    "float16": 2.0**16,
    "float32": 2.0**128,
    "float64": float("inf"),
}


def size(exact, dtype: str):
    """One ulp of a number, but at least that of the smallest normal number."""
    bits, least = FORMATS[dtype]
    exponent = mpmath.frexp(exact)[1] - 1 if exact else least
    return mpmath.ldexp(1, max(exponent, least) - bits + 1)


def error(value, exact, dtype: str) -> float:
    """The distance between `value` and `exact` in ulps.

    TensorFlow may flush to zero below the smallest normal number, so anything
    from 0 to that number is right there, as is infinity beyond the largest.
    """
    bits, least = FORMATS[dtype]
    value, exact = float(value), mpmath.mpf(exact)
    if exact < 0:
        value, exact = -value, -exact
    if exact < mpmath.ldexp(1, least):
        return 0.0 if 0 <= value <= mpmath.ldexp(1, least) else float("inf")
    if exact >= _OVERFLOW[dtype] * (1 - 2.0**-bits):
        return 0.0 if value == float("inf") else float("inf")
    exponent = mpmath.frexp(exact)[1] - 1
    return float(abs(value - exact) / mpmath.ldexp(1, exponent - bits + 1))
