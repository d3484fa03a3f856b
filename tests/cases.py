"""The schedules that every property is checked on, and at which steps.

All rows of the catalogue, and what no recipe has: odd lengths, growing and
vanishing rates, floors, many cycles.
"""

import dataclasses
import functools
import random
import sys
from typing import Any

import numpy as np
import oracles
import pytest
import tensorflow as tf
import ulp

import tf_schedules
from tf_schedules.catalogue import CATALOGUE

LAST = 2**50
# Largest error in ulps, by dtype.
LIMITS = {"bfloat16": 0.52, "float16": 0.52, "float32": 0.52, "float64": 8.0}


@dataclasses.dataclass(frozen=True)
class Case:
    schedule: str
    arguments: dict[str, Any]

    def make(self, dtype="float32", **changes):
        cls = getattr(tf_schedules, self.schedule)
        arguments = self.arguments | changes
        if dtype != "float32":
            name = cls._rate_argument
            as_numpy = tf.as_dtype(dtype).as_numpy_dtype
            arguments[name] = as_numpy(arguments[name])
        return cls(**arguments)

    def exact(self, step, dtype="float32"):
        """The oracle's rate, for the initial rate as `dtype` holds it."""
        arguments = dict(self.arguments)
        if dtype != "float32":
            name = getattr(tf_schedules, self.schedule)._rate_argument
            as_numpy = tf.as_dtype(dtype).as_numpy_dtype
            arguments[name] = float(as_numpy(arguments[name]))
        return getattr(oracles, self.schedule)(step, **arguments)

    def limit(self, exact, dtype) -> float:
        """How many ulps the rate may be from the exact one."""
        limit = LIMITS[dtype]
        if self.schedule == "ExponentialDecay" and dtype == "float64":
            initial = self.arguments["initial_learning_rate"]
            if exact and initial:
                limit += 2 * abs(float(oracles.mpmath.log(exact / initial)))
        return limit

    def excess(self, step, value, dtype) -> float:
        """The error in ulps, over its limit: good up to 1."""
        exact = self.exact(step, dtype)
        if self.schedule == "ExponentialDecay":
            # The factor ends at float64's largest number.
            end = abs(self.exact(0, dtype)) * sys.float_info.max
            exact = max(min(exact, end), -end)
        return ulp.error(value, exact, dtype) / self.limit(exact, dtype)

    @functools.cached_property
    def steps(self) -> np.ndarray:
        """Whole steps up to 2**50, most of them where something happens."""
        source = random.Random(repr(self))
        steps = set(range(30))
        for power in range(5, 51):
            steps |= {2**power + d for d in (-1, 0, 1)}
            steps.add(source.randrange(2**power))
        for start in self.boundaries:
            steps |= {start + d for d in (-2, -1, 0, 1)}
        return np.array(sorted(s for s in steps if 0 <= s <= LAST), np.int64)

    @property
    def boundaries(self) -> list[int]:
        """First whole steps of some of the phases."""
        arguments = self.arguments
        if "t_mul" in arguments:
            first, ratio = arguments["first_decay_steps"], arguments["t_mul"]
            chosen = [*range(1, 30), 40, 60, 100, 300, 1000, 2000, 3000]
            if ratio > 1.2:
                chosen = range(1, 60)
            starts = [oracles.cycle_start(c, first, ratio) for c in chosen]
        else:
            length = oracles.exact(arguments["decay_steps"])
            chosen = (1, 2, 3, 4, 5, 10, 99, 1000, 12345, 10**6, 10**9 + 7)
            starts = [length * c for c in chosen]
        return [-(-s.numerator // s.denominator) for s in starts]


def _exponential(rate, steps, factor, staircase=False) -> Case:
    return Case(
        "ExponentialDecay",
        {
            "initial_learning_rate": rate,
            "decay_steps": steps,
            "decay_rate": factor,
            "staircase": staircase,
        },
    )


def _restarts(rate, first, t_mul=2.0, m_mul=1.0, alpha=0.0) -> Case:
    return Case(
        "CosineDecayRestarts",
        {
            "initial_learning_rate": rate,
            "first_decay_steps": first,
            "t_mul": t_mul,
            "m_mul": m_mul,
            "alpha": alpha,
        },
    )


CASES = {
    name: Case(row.schedule.__name__, dict(row.arguments))
    for name, row in CATALOGUE.items()
} | {
    "exponential-slow": _exponential(0.1, 100_000, 0.5),
    "exponential-growing": _exponential(0.001, 70, 1.1),
    "exponential-constant": _exponential(0.1, 10, 1.0),
    "exponential-to-zero": _exponential(0.1, 10, 0.0),
    "exponential-negative": _exponential(-0.1, 1000.0, 0.96),
    "staircase-noisy": _exponential(0.1, 3002.3999999999996, 0.94, True),
    "staircase-above": _exponential(0.1, 3002.4000000000005, 0.94, True),
    "staircase-halves": _exponential(0.1, 2.5, 0.999, True),
    "staircase-short": _exponential(0.1, 0.3, 0.9999, True),
    "staircase-growing": _exponential(1e-6, 1000, 1.5, True),
    "staircase-to-zero": _exponential(0.1, 10, 0.0, True),
    "restarts-decimal": _restarts(1.0, 300, 1.1),
    "restarts-odd": _restarts(0.05, 313, 1.5, 0.9, 0.1),
    "restarts-halves": _restarts(0.05, 2.5, 2.0, 0.5),
    "restarts-halves-odd": _restarts(0.05, 2.5, 1.5, 0.7, 0.001),
    "restarts-many": _restarts(0.05, 1000, 1.01, 0.999),
    "restarts-few": _restarts(0.05, 1, 10.0, 1.1),
    "restarts-vast": _restarts(0.05, 1000, 1e6),
    "restarts-short": _restarts(0.05, 0.1, 3.0),
    "restarts-equal": _restarts(0.05, 7.0, 1, 0.99, 0.2),
    "restarts-equal-halves": _restarts(0.05, 2.5, 1.0, 0.9),
    "restarts-equal-decimal": _restarts(0.05, 3002.3999999999996, 1.0),
    "restarts-flat": _restarts(0.05, 100, 2.0, 1.0, 1.0),
    "restarts-of-nothing": _restarts(0.05, 100, 2.0, 0.0, 0.5),
}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every_dtype = pytest.mark.parametrize("dtype", ulp.FORMATS)
