"""The schedules and steps on which the tests check every property.

They include all rows of the catalogue, and features that no recipe has: odd
lengths, growing and vanishing rates, floors, many cycles.
"""

import dataclasses
import functools
import itertools
import random
import sys
from typing import Any

import numpy as np
import oracles
import pytest
import tensorflow as tf
import ulp

import tf_schedules as tfs
from tf_schedules.catalogue import recipes

LAST = 2**50
KERAS_CLASSES = {
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
}
# The largest error in ulps, by dtype; in float64, per part of a composition.
_LIMITS = {"bfloat16": 0.52, "float16": 0.52, "float32": 0.52, "float64": 8.0}


@dataclasses.dataclass(frozen=True)
class Case:
    """A class and its arguments, with cases in place of schedules."""

    schedule: str
    arguments: dict[str, Any]

    @classmethod
    def of(cls, schedule: tfs.Schedule) -> "Case":
        def value_of(value):
            if isinstance(value, tfs.Schedule):
                return cls.of(value)
            if isinstance(value, tuple):
                return tuple(map(value_of, value))
            return tuple(value.rows()) if hasattr(value, "rows") else value

        names = [n for n in schedule._arguments if n != "name"]
        arguments = {n: value_of(schedule._argument(n)) for n in names}
        return cls(type(schedule).__name__, arguments)

    @property
    def parts(self) -> list["Case"]:
        """The case itself and its parts, at any depth."""
        values = itertools.chain.from_iterable(
            v if isinstance(v, tuple) else [v] for v in self.arguments.values()
        )
        nested = [value.parts for value in values if isinstance(value, Case)]
        return [self, *itertools.chain.from_iterable(nested)]

    def _map(self, dtype, of_case):
        """The arguments, with rates and cases in a dtype."""
        as_numpy = tf.as_dtype(dtype).as_numpy_dtype
        rate_argument = getattr(tfs, self.schedule)._rate_argument

        def value_of(value, is_rate):
            if isinstance(value, Case):
                return of_case(value)
            if isinstance(value, tuple):
                return tuple(value_of(v, is_rate) for v in value)
            is_number = isinstance(value, int | float)
            if value is self.arguments.get("dtype", ...):
                return dtype
            return as_numpy(value) if is_rate and is_number else value

        return {
            name: value_of(value, name == rate_argument and dtype != "float32")
            for name, value in self.arguments.items()
        }

    def make(self, dtype="float32", **changes):
        arguments = self._map(dtype, lambda case: case.make(dtype)) | changes
        return getattr(tfs, self.schedule)(**arguments)

    @property
    def live_names(self) -> set[str]:
        """The arguments whose numbers may be variables."""
        fixed = {"capacity", "edits", "function", "dtype"}
        if self.arguments.get("warmup_target", 0) is None:
            fixed.add("warmup_steps")
        return set(self.arguments) - fixed

    def live(self, dtype=tf.float64):
        """The schedule with a variable for each number, and the variables."""
        variables = []

        def value_of(value):
            if isinstance(value, Case):
                schedule, nested = value.live(dtype)
                variables.extend(nested)
                return schedule
            if isinstance(value, tuple):
                return tuple(map(value_of, value))
            if isinstance(value, bool | str | None):
                return value
            variables.append(tf.Variable(value, dtype=dtype))
            return variables[-1]

        arguments = {
            name: value_of(value) if name in self.live_names else value
            for name, value in self.arguments.items()
        }
        if "dtype" in arguments:
            arguments["dtype"] = dtype
        return getattr(tfs, self.schedule)(**arguments), variables

    def exact(self, step, dtype="float32"):
        """The oracle's rate, for arguments rounded to `dtype`."""

        def plain(value):
            if isinstance(value, tuple):
                return tuple(map(plain, value))
            is_numpy = isinstance(value, np.generic)
            return float(value) if is_numpy else value

        arguments = self._map(
            dtype,
            lambda case: functools.partial(Case.exact, case, dtype=dtype),
        )
        arguments = {name: plain(v) for name, v in arguments.items()}
        return getattr(oracles, self.schedule)(step, **arguments)

    def limit(self, exact, dtype) -> float:
        """The largest allowed distance from the exact rate, in ulps."""
        if dtype != "float64":
            return _LIMITS[dtype]
        limit = _LIMITS[dtype] * len(self.parts)
        for part in self.parts:
            initial = part.arguments.get("initial_learning_rate")
            is_power = part.schedule in ("ExponentialDecay", "PowerDecay")
            if is_power and exact and initial:
                limit += 2 * abs(float(oracles.mpmath.log(exact / initial)))
            if part.schedule == "Raised":
                limit *= max(abs(part.arguments["power"]), 1)
        return limit

    def largest_part(self, step, dtype):
        """The largest part of a sum with parts of both signs, or 0."""
        if self.schedule != "Sum":
            return 0
        rates = [s.exact(step, dtype) for s in self.arguments["schedules"]]
        return max(map(abs, rates)) if min(rates) < 0 < max(rates) else 0

    def excess(self, step, value, dtype) -> float:
        """The error as a fraction of its limit; at most 1 passes."""
        exact = self.exact(step, dtype)
        if self.schedule == "ExponentialDecay":
            # The factor saturates at float64's largest number.
            end = abs(self.exact(0, dtype)) * sys.float_info.max
            exact = max(min(exact, end), -end)
        limit = self.limit(exact, dtype)
        # A difference has the float64 error of its parts.
        if largest := self.largest_part(step, dtype):
            allowed = limit * ulp.size(exact, dtype) + 2.0**-50 * largest
            return float(
                abs(oracles.mpmath.mpf(float(value)) - exact) / allowed
            )
        return ulp.error(value, exact, dtype) / limit

    @functools.cached_property
    def steps(self) -> np.ndarray:
        """Whole steps up to 2**50, most of them near boundaries."""
        source = random.Random(repr(self))
        steps = set(range(30))
        for power in range(5, 51):
            steps |= {2**power + d for d in (-1, 0, 1)}
            steps.add(source.randrange(2**power))
        for start in self.boundaries:
            steps |= {start + d for d in (-2, -1, 0, 1)}
        # Division by a factor is in float64, which is exact on fewer steps.
        is_scaled = any(
            c.schedule == "TimeScaled" and not c.arguments["staircase"]
            for c in self.parts
        )
        last = 2**20 if is_scaled else LAST
        return np.array(sorted(s for s in steps if 0 <= s <= last), np.int64)

    @property
    def boundaries(self) -> list[int]:
        """The first whole steps of some phases."""
        starts = set()
        for case in self.parts:
            if case.schedule == "CosineDecayRestarts":
                starts |= set(case._cycle_starts())
        counts = [c for case in self.parts for c in case._counts()]
        for count in counts:
            for k in (1, 2, 3, 4, 5, 10, 99, 1000, 12345, 10**6, 10**9 + 7):
                starts.add(count * k)
        starts |= {a + b for a, b in itertools.combinations(counts, 2)}
        if len(counts) < 10:
            starts.add(sum(counts))
        return sorted({-(-s.numerator // s.denominator) for s in starts})

    def _counts(self):
        words = ("step", "boundaries", "period", "factor")
        for name, value in self.arguments.items():
            if any(word in name for word in words):
                for count in value if isinstance(value, tuple) else (value,):
                    if isinstance(count, int | float) and count > 0:
                        yield oracles.exact(count)
        yield from (
            oracles.exact(at) for at, _ in self.arguments.get("edits", ()) if at
        )

    def _cycle_starts(self):
        first = self.arguments["first_decay_steps"]
        ratio = self.arguments["t_mul"]
        chosen = [*range(1, 30), 40, 60, 100, 300, 1000, 2000, 3000]
        if ratio > 1.2:
            chosen = range(1, 60)
        return [oracles.cycle_start(c, first, ratio) for c in chosen]


class HalvedAt(tf.keras.optimizers.schedules.LearningRateSchedule):
    """A Keras schedule whose rates every dtype holds exactly."""

    def __init__(self, step: int):
        self.step = step

    def __call__(self, step):
        return tf.where(step < int(self.step), 0.5, 0.25)

    def __repr__(self):
        return f"HalvedAt({self.step})"

    def exact(self, step):
        return 0.5 if step < self.step else 0.25

    def get_config(self):
        return {"step": self.step}


tf.keras.utils.register_keras_serializable("cases")(HalvedAt)

_EXTRA = {
    "exponential-slow": tfs.ExponentialDecay(0.1, 100_000, 0.5),
    "exponential-growing": tfs.ExponentialDecay(0.001, 70, 1.1),
    "exponential-constant": tfs.ExponentialDecay(0.1, 10, 1.0),
    "exponential-to-zero": tfs.ExponentialDecay(0.1, 10, 0.0),
    "exponential-negative": tfs.ExponentialDecay(-0.1, 1000.0, 0.96),
    "staircase-noisy": tfs.ExponentialDecay(
        0.1, 3002.3999999999996, 0.94, True
    ),
    "staircase-above": tfs.ExponentialDecay(
        0.1, 3002.4000000000005, 0.94, True
    ),
    "staircase-halves": tfs.ExponentialDecay(0.1, 2.5, 0.999, True),
    "staircase-short": tfs.ExponentialDecay(0.1, 0.3, 0.9999, True),
    "staircase-decimal": tfs.ExponentialDecay(0.1, 1.3, 0.97, True),
    "staircase-tiny": tfs.ExponentialDecay(0.1, 1e-4, 0.9, True),
    "staircase-growing": tfs.ExponentialDecay(1e-6, 1000, 1.5, True),
    "staircase-to-zero": tfs.ExponentialDecay(0.1, 10, 0.0, True),
    "restarts-decimal": tfs.CosineDecayRestarts(1.0, 300, 1.1),
    "restarts-odd": tfs.CosineDecayRestarts(0.05, 313, 1.5, 0.9, 0.1),
    "restarts-halves": tfs.CosineDecayRestarts(0.05, 2.5, 2.0, 0.5),
    "restarts-halves-odd": tfs.CosineDecayRestarts(0.05, 2.5, 1.5, 0.7, 0.001),
    "restarts-many": tfs.CosineDecayRestarts(0.05, 1000, 1.01, 0.999),
    "restarts-few": tfs.CosineDecayRestarts(0.05, 1, 10.0, 1.1),
    "restarts-vast": tfs.CosineDecayRestarts(0.05, 1000, 1e6),
    "restarts-short": tfs.CosineDecayRestarts(0.05, 0.1, 3.0),
    "restarts-equal": tfs.CosineDecayRestarts(0.05, 7.0, 1, 0.99, 0.2),
    "restarts-equal-halves": tfs.CosineDecayRestarts(0.05, 2.5, 1.0, 0.9),
    "restarts-equal-decimal": tfs.CosineDecayRestarts(
        0.05, 3002.3999999999996, 1.0
    ),
    "restarts-equal-tenths": tfs.CosineDecayRestarts(1.0, 2502.4, 1.0),
    "restarts-flat": tfs.CosineDecayRestarts(0.05, 100, 2.0, 1.0, 1.0),
    "restarts-of-nothing": tfs.CosineDecayRestarts(0.05, 100, 2.0, 0.0, 0.5),
    "inverse-time-staircase": tfs.InverseTimeDecay(0.1, 2.4, 0.5, True),
    "polynomial-cycle": tfs.PolynomialDecay(0.1, 100, 0.01, 2.0, True),
    "polynomial-cycle-decimal": tfs.PolynomialDecay(0.1, 2.4, 0, 1, True),
    "polynomial-root": tfs.PolynomialDecay(0.1, 1000, 0.0, 0.5),
    "polynomial-rising": tfs.PolynomialDecay(0.0, 12345.6, 0.1, 3.5),
    "polynomial-flat": tfs.PolynomialDecay(0.1, 1000, 0.01, 0.0),
    "piecewise-decimal": tfs.PiecewiseConstantDecay(
        [-5, 0, 2.5, 10, 1000.0], [1.0, 0.5, 0.1, -0.2, 0.3, 0]
    ),
    "piecewise-single": tfs.PiecewiseConstantDecay([], [0.1]),
    "cosine-floor": tfs.CosineDecay(0.1, 1234.5, 0.01),
    "cosine-warmup": tfs.CosineDecay(0.01, 1000, 0.1, "c", 0.1, 100.0),
    "cosine-warmup-down": tfs.CosineDecay(0.3, 10, 1.0, "c", 0.1, 7),
    "wsd-cosine": tfs.WarmupStableDecay(0.1, 0, 0, 100, 0.1, 0.01, "cosine"),
    "wsd-exponential": tfs.WarmupStableDecay(
        0.1, 10, 5, 1000, 0.01, decay="exponential"
    ),
    "wsd-power": tfs.WarmupStableDecay(0.1, 3, 4, 77, 0.0, 0.05, 1.5),
    "wsd-linear": tfs.WarmupStableDecay(0.1, 7, 1000, 2**40, decay="linear"),
    "inverse-sqrt-timescale": tfs.InverseSquareRootDecay(0.1, 100, 2.5),
    "inverse-sqrt-plain": tfs.InverseSquareRootDecay(0.1, 0),
    "one-cycle-three": tfs.OneCycle(0.1, 100, 0.35, 10, 1000, "linear", True),
    "one-cycle-short": tfs.OneCycle(0.1, 3, 0.1),
    "one-cycle-rising": tfs.OneCycle(0.1, 1000.0, 1.0),
    "cyclical-falling": tfs.CyclicalLearningRate(
        0.001, 0.1, 20, 31, "triangular2"
    ),
    "cyclical-exponential": tfs.CyclicalLearningRate(
        0.001, 0.1, 20.0, mode="exp_range", gamma=0.9999
    ),
    "interpolation-cosine": tfs.PiecewiseInterpolation(
        [5, 10, 1000, 2**40], [0.0, 1.0, 0.1, 0.2], "cosine"
    ),
    "warmup-power": tfs.Warmup(
        tfs.CosineDecayRestarts(0.1, 100, 1.5), 50, 0.01, 2.0
    ),
    "warmup-none": tfs.Warmup(tfs.ExponentialDecay(0.1, 1000, 0.99999), 0),
    "warmup-of-a-number": tfs.Warmup(0.1, 2**30, shape="cosine"),
    "sequence-nested": tfs.Sequence(
        [
            0.01,
            tfs.Warmup(tfs.PolynomialDecay(0.1, 100, 0.01, 0.5), 10),
            tfs.Sequence([tfs.CosineDecay(0.1, 30), 0.001], [20]),
        ],
        [5, 200],
    ),
    "product": 2.0
    * tfs.InverseTimeDecay(0.1, 1000, 0.5)
    * tfs.PolynomialDecay(1.0, 10**6, 0.1),
    "clamped": tfs.Clamped(tfs.CosineDecayRestarts(0.1, 100), 0.01, 0.09),
    "shifted-back": tfs.Shifted(tfs.CosineDecay(0.1, 1000), -100),
    "time-scaled": tfs.TimeScaled(tfs.InverseTimeDecay(0.1, 10, 0.5), 2.5),
    "time-scaled-staircase": tfs.TimeScaled(
        tfs.CosineDecayRestarts(0.1, 10, 1.5), 3, staircase=True
    ),
    "time-scaled-ratio": tfs.TimeScaled(
        tfs.CosineDecayRestarts(0.1, 10, 1.5), 400, per=4379
    ),
    "time-scaled-thirds": tfs.TimeScaled(
        tfs.Repeated(tfs.CosineDecay(0.1, 100), 150), 1, True, per=3
    ),
    "adjustable": tfs.Adjustable(
        tfs.CosineDecay(0.1, 1000),
        4,
        [(0, 3.0), (10, 0.1), (999, 7.0), (2**40, 1.0)],
    ),
    "sum": tfs.CosineDecay(0.1, 1000, 0.1) + tfs.InverseTimeDecay(0.3, 7, 0.5),
    "sum-of-many": 1e-6
    + tfs.PiecewiseConstantDecay([3, 10], [0.5, 0.3, 0.1])
    + 0.1
    + tfs.Warmup(tfs.ExponentialDecay(0.1, 1000, 0.99), 10),
    "difference": tfs.PiecewiseConstantDecay([300], [0.3, 0.2])
    - tfs.CosineDecay(0.1, 700)
    - 0.001,
    "negative": -tfs.PolynomialDecay(0.1, 1000, 0.01, 2.0),
    "divided": tfs.CosineDecayRestarts(0.1, 100, 1.5) / 3 / 0.7,
    "raised-square": tfs.CosineDecayRestarts(0.1, 100, 1.5, 0.9, 0.1) ** 2,
    "raised-root": tfs.PolynomialDecay(0.1, 1000, 0.0) ** 0.5,
    "raised-inverse": tfs.Warmup(3.0, 100, 0.5) ** -1.5,
    "raised-negative": (-tfs.InverseTimeDecay(1.5, 10, 0.5)) ** 3,
    "raised-to-1": (tfs.CosineDecay(0.1, 1000) - 0.2) ** 1,
    "raised-to-0": tfs.CosineDecay(0.1, 100, 0.5) ** 0,
    "minimum": tfs.Minimum(
        [0.05, tfs.InverseTimeDecay(0.1, 7, 0.5), tfs.CosineDecay(0.1, 5000)]
    ),
    "maximum": tfs.Maximum(
        [tfs.CyclicalLearningRate(0.001, 0.1, 20), tfs.Constant(0.03), -1.0]
    ),
    "power-decay": tfs.PowerDecay(0.1, -0.51),
    "power-decay-offset": tfs.PowerDecay(0.1, -0.8, 1234.5),
    "power-decay-short": tfs.PowerDecay(0.1, -1.0, 1e-3),
    "power-decay-growing": tfs.PowerDecay(1e-6, 0.5, 10),
    "power-decay-slow": tfs.TimeScaled(tfs.PowerDecay(0.1, -2, 3), 2.5),
    "wsd-rex": tfs.WarmupStableDecay(0.1, 3, 4, 700, decay="rex"),
    "warmup-rex": tfs.Warmup(tfs.CosineDecay(0.1, 100), 1000, 0.01, "rex"),
    "warmup-geometric": tfs.Warmup(
        tfs.CosineDecay(0.1, 100), 1000, 1e-7, "geometric"
    ),
    "interpolation-geometric": tfs.PiecewiseInterpolation(
        [0, 31, 500, 2**40], [1e-6, 10.0, 9.0, 1e-3], "geometric"
    ),
    "function": tfs.FromFunction(HalvedAt(100)),
    "function-nested": tfs.Warmup(HalvedAt(7), 50, 0.01) * 3,
    "repeated": tfs.Repeated(tfs.CosineDecay(0.1, 100), 150),
}

CASES = {name: Case.of(row.schedule) for name, row in recipes().items()} | {
    name: Case.of(schedule) for name, schedule in _EXTRA.items()
}
KERAS_CASES = {
    name: case for name, case in CASES.items() if case.schedule in KERAS_CLASSES
}


def public_classes() -> list[type]:
    """The classes of schedules that users have, abstract or not."""
    values = (getattr(tfs, name) for name in tfs.__all__)
    return [
        v for v in values if isinstance(v, type) and issubclass(v, tfs.Schedule)
    ]


# The first case of each class shows what the others would show again, unless
# a test is about formulas; .ci/run has them all.
_CLASSES = {case.schedule: name for name, case in reversed(CASES.items())}
FIRSTS = {name: CASES[name] for name in _CLASSES.values()}
in_two_parts = [
    pytest.param(FIRSTS, id="a-case-of-each-class"),
    pytest.param(
        {name: case for name, case in CASES.items() if name not in FIRSTS},
        id="more-cases",
        marks=pytest.mark.slow,
    ),
]


def unless_first(name):
    """The marks of a case that is repeated at length."""
    return [] if name in FIRSTS else pytest.mark.slow


def _parametrize(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


every_case = _parametrize(CASES)
every_keras_case = _parametrize(KERAS_CASES)
every_dtype = pytest.mark.parametrize("dtype", ulp.FORMATS)
every_class = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=unless_first(name))
        for name, case in CASES.items()
    ],
)
# Every case in float32, every class in the other dtypes.
every_case_in_dtypes = pytest.mark.parametrize(
    ("case", "dtype"),
    [
        pytest.param(
            *(case, dtype),
            id=f"{name}-{dtype}",
            marks=[] if dtype == "float32" else unless_first(name),
        )
        for name, case in CASES.items()
        for dtype in ulp.FORMATS
    ],
)
