"""What is decided of a whole step is decided in integers, once compiled.

A processor that makes float64 of pairs of float32 has exact integers all the
same. Read from the module that XLA is given; that of a TPU has the same
operations.
"""

import re
from typing import NamedTuple

import cases
import numpy as np
import pytest
import tensorflow as tf

from tf_schedules.numerics.arithmetic import Arithmetic, Division

# So many cycles that int64 could not hold the products.
_VAST = {"staircase-tiny"}
# Whose shape takes the other of two formulas at a fraction where both are good.
_SWITCHING = {
    *("deeplab-v3", "minicpm", "polynomial-cycle", "polynomial-flat"),
    *("polynomial-rising", "polynomial-root", "sequence-nested"),
    *("warmup-power", "wsd-exponential", "wsd-power"),
}
_SWITCHES = ("2.500000e-01", "5.000000e-01")
_ZERO = "0.000000e+00"


class _Operation(NamedTuple):
    kind: str
    operands: list[str]
    text: str
    is_real: bool  # whether its result is floating


class Module:
    """The operations of a module in StableHLO, by the names of results."""

    def __init__(self, text: str):
        arguments, _, body = text.partition("@main(")[2].partition("{\n")
        self.unread = []
        self.operations = {
            name: _Operation("argument", [], "", dtype[0] != "i")
            for name, dtype in re.findall(
                r"(%arg\d+): tensor<(?:\d+x)*(\w+)>", arguments
            )
        }
        body = body.partition("\n    return")[0]
        for line in body.splitlines():
            match = re.match(r'\s*(%\w+) = "?stablehlo\.(\w+)"?(.*)', line)
            types = re.findall(r"tensor<([^>]*)>", line)
            if not match or not types:
                # Only an operation with a body, which decides, has such lines.
                self.unread.append(line)
                continue
            name, kind, rest = match.groups()
            self.operations[name] = _Operation(
                kind,
                re.findall(r"%\w+", rest),
                rest,
                bool(re.search(r"f\d+$", types[-1])),
            )

    def _of(self, name) -> list[_Operation]:
        return [self.operations[o] for o in self.operations[name].operands]

    def _users(self, name) -> list[str]:
        return [n for n, o in self.operations.items() if name in o.operands]

    def real_decisions(self, switches=()) -> list[str]:
        """What a float decides: a comparison, a rounding, a whole number.

        Args:
          switches: fractions with which a comparison decides nothing.
        """
        if self.unread:
            return self.unread
        found = []
        for name, operation in self.operations.items():
            reals = [o for o in self._of(name) if o.is_real]
            match operation.kind:
                case "compare":
                    bad = reals and not self._is_harmless(name, switches)
                case "convert":
                    is_cut = reals and not operation.is_real
                    bad = is_cut and not self._is_corrected(name)
                case "floor" | "ceil" | "round_nearest_even" | "remainder":
                    bad = bool(reals)
                case kind:
                    bad = kind not in _HARMLESS
            if bad:
                found.append(f"{name} = {operation.kind}{operation.text}")
        return found

    def _is_harmless(self, name, switches) -> bool:
        """A comparison with 0 of what has the sign of an integer.

        Or of a fraction with a switch, which decides between two formulas.
        """
        (left, right) = self.operations[name].operands
        constant = self.operations[right]
        if constant.kind == "broadcast_in_dim":
            constant = self.operations[constant.operands[0]]
        if constant.kind != "constant" or not self._has_exact_sign(left):
            return False
        return any(f"<{c}>" in constant.text for c in (_ZERO, *switches))

    def _has_exact_sign(self, name) -> bool:
        """Whether it is made of integers from 0 up, without a difference."""
        operation = self.operations[name]
        match operation.kind:
            case "convert":
                return not self._of(name)[0].is_real
            case "constant":
                value = operation.text.partition(":")[0]
                return not re.search("(?<![eE])-", value)
            case "broadcast_in_dim" | "reshape":
                return self._has_exact_sign(operation.operands[0])
            case "divide" | "multiply" | "add" | "minimum":
                return all(map(self._has_exact_sign, operation.operands))
        return False

    def _is_corrected(self, estimate) -> bool:
        """Whether integers make good what an estimate is off by.

        estimate + f(step - estimate * count), all in integers; or, in vectors,
        estimate - (step < starts[estimate]). What is left over is corrected
        too, before it becomes a float.
        """
        leftovers, corrected = set(), []
        for user in self._users(estimate):
            match self.operations[user].kind:
                case "multiply":
                    leftovers |= set(self._users(user))
                case "reshape" | "gather" | "broadcast_in_dim":
                    leftovers.add(user)
                case "add" | "subtract":
                    corrected.append(user)
                case _:
                    return False
        for leftover in leftovers:
            for user in map(self.operations.get, self._users(leftover)):
                others = [o for o in user.operands if o != leftover]
                if user.is_real or (
                    user.kind == "subtract"
                    and not all(self._is_made_of(o, {leftover}) for o in others)
                ):
                    return False
        return len(corrected) == 1 and any(
            self._is_made_of(operand, leftovers)
            for operand in self.operations[corrected[0]].operands
        )

    def _is_made_of(self, name, sources) -> bool:
        """Whether a value comes from a source by way of integers alone."""
        if name in sources:
            return True
        operation = self.operations[name]
        return not operation.is_real and any(
            self._is_made_of(operand, sources) for operand in operation.operands
        )


# What computes with floats, and decides nothing; select by what it is told.
_HARMLESS = {
    *("abs", "add", "and", "argument", "broadcast_in_dim", "clamp"),
    *("concatenate", "constant", "divide", "dynamic_slice", "exponential"),
    *("exponential_minus_one", "gather", "iota", "log", "log_plus_one"),
    *("maximum", "minimum", "multiply", "negate", "not", "or", "pad", "power"),
    *("reduce", "reshape", "select", "sine", "slice", "sqrt"),
    *("subtract", "transpose", "cosine"),
}


def _module(schedule, shape=()) -> Module:
    compiled = tf.function(
        lambda step: schedule(step), jit_compile=True, autograph=False
    )
    step = tf.zeros(shape, tf.int64)
    show = compiled.experimental_get_compiler_ir(step)
    try:
        return Module(show(stage="stablehlo"))
    except ValueError as error:
        if "Invalid stage" not in str(error):
            raise
        pytest.skip("this TensorFlow does not show StableHLO")


@pytest.mark.parametrize("shape", [(), (5,)], ids=["scalar", "vector"])
@pytest.mark.parametrize("name", cases.CASES)
def test_whole_steps_are_decided_in_integers(name, shape):
    module = _module(cases.CASES[name].make(), shape)
    decisions = module.real_decisions()
    if name in _VAST | _SWITCHING:  # no more excuses than there is need of
        assert len(decisions) == 1
    else:
        assert decisions == []
    if name in _SWITCHING:
        assert module.real_decisions(_SWITCHES) == []


def _by_quotient(step):
    return tf.floor(tf.cast(step, tf.float64) / 10.0)


def _by_comparison(step):
    return tf.where(tf.cast(step, tf.float64) < 10.0, 1.0, 0.5)


def _by_fraction(step):
    part = tf.cast(step, tf.float64) / 10.0
    return tf.where(part >= 1.0, 1.0, 0.5)


def _by_difference(step):
    return tf.where(tf.cast(step, tf.float64) * 0.1 + -1.0 > 0.0, 1.0, 0.5)


def _by_broadcast(step):
    late = tf.broadcast_to(tf.cast(step, tf.float64) * 0.1 - 1.0, [5]) > 0.0
    return tf.where(late, 1.0, 0.5)


def _by_sign(step):
    return 1.0 + tf.sign(tf.cast(step, tf.float64) * 0.1 - 1.0)


def _by_loop(step):
    start = [step, tf.cast(step, tf.float64)]
    return tf.while_loop(lambda i, x: x < 1.0, lambda i, x: [i, x + 0.5], start)


def _by_branch(step):
    late = tf.cast(step, tf.float64) > 10.0
    return tf.cond(late, lambda: step + 1, lambda: step)


def _by_index(step):
    index = tf.cast(tf.cast(step, tf.float64) * 0.1, tf.int64)
    return tf.gather(tf.constant([1.0, 0.5, 0.1]), index)


def _by_index_and_past(step):
    index = tf.cast(tf.cast(step, tf.float64) * 0.1, tf.int64)
    past = step - index * 10
    return tf.cast(index, tf.float64) + tf.cast(past, tf.float64)


@pytest.mark.parametrize(
    "rate",
    [
        *(_by_quotient, _by_comparison, _by_fraction, _by_difference),
        *(_by_broadcast, _by_sign, _by_loop, _by_branch),
        *(_by_index, _by_index_and_past),
    ],
)
def test_floats_that_decide_are_noticed(rate):
    assert _module(rate).real_decisions()


def test_a_quotient_without_its_correction_is_noticed(monkeypatch):
    case = cases.CASES["staircase-decimal"]
    assert _module(case.make()).real_decisions() == []

    def estimated(self, step, numerator, denominator):
        ratio = denominator / numerator
        index = tf.cast(self.real(step) * ratio, tf.int64)
        past = step * denominator - index * numerator
        return Division(index, past, numerator)

    monkeypatch.setattr(Arithmetic, "divide_whole", estimated)
    assert _module(case.make()).real_decisions()

    def half_corrected(self, step, numerator, denominator):
        index, past, _ = estimated(self, step, numerator, denominator)
        return Division(index + past // numerator, past, numerator)

    monkeypatch.setattr(Arithmetic, "divide_whole", half_corrected)
    case = cases.CASES["restarts-equal-halves"]
    assert _module(case.make()).real_decisions()


@pytest.mark.parametrize("error", [-(2.0**-17), 2.0**-17])
@pytest.mark.parametrize(
    "name",
    [n for n, c in cases.CASES.items() if c.schedule == "CosineDecayRestarts"],
)
def test_a_poor_logarithm_moves_no_cycle(name, error, monkeypatch):
    """Of vectors a logarithm estimates the cycle: 2^-17 is 64 times float32's
    precision."""
    schedule, steps = cases.CASES[name].make(), cases.CASES[name].steps
    want = schedule(steps).numpy()
    log = tf.math.log
    monkeypatch.setattr(tf.math, "log", lambda x: log(x) * (1 + error))
    poor = tf.function(cases.CASES[name].make(), autograph=False)
    got = poor(tf.constant(steps)).numpy()
    np.testing.assert_array_equal(got, want)
