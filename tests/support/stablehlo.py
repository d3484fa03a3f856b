"""Finds the decisions that a StableHLO module makes by floats.

A processor that emulates float64 with pairs of float32 still has exact
integers, so decisions about whole steps are the same everywhere if integers
make them.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Operations on floats that decide nothing; select obeys its predicate.
_HARMLESS = {
    *("abs", "add", "and", "argument", "broadcast_in_dim", "clamp"),
    *("concatenate", "constant", "divide", "dynamic_slice", "exponential"),
    *("exponential_minus_one", "gather", "iota", "log", "log_plus_one"),
    *("maximum", "minimum", "multiply", "negate", "not", "or", "pad", "power"),
    *("reduce", "reshape", "select", "sine", "slice", "sqrt"),
    *("subtract", "transpose", "cosine"),
}
_ZERO = "0.000000e+00"


class _Operation(NamedTuple):
    kind: str
    operands: list[str]
    text: str
    is_real: bool  # whether its result is floating


def _is_real(type_: str) -> bool:
    return bool(re.search(r"\bb?f\d+|xb?f\d+", type_))


class Module:
    """The operations of a module's main function, by the names of results.

    Args:
      text: the module as TensorFlow or XLA prints it.

    Raises:
      ValueError: if it has no complete main function, or the function uses a
        value that no operation makes.
    """

    def __init__(self, text: str):
        main = re.search(
            r"func\.func [^\n]*@main\((.*?)\{\n(.*?)^ *(?:func\.)?return\b",
            text,
            re.M | re.S,
        )
        if not main:
            raise ValueError(
                "text must be a module in StableHLO with a function @main; "
                f"got {text[:200]!r}. Ask for the stage 'stablehlo'."
            )
        arguments, body = main.groups()
        # Lines that the parser does not know; they may decide anything.
        self.unread: list[str] = []
        self.operations = {
            name: _Operation("argument", [], "", _is_real(type_))
            for name, type_ in re.findall(
                r"(%arg\d+): tensor<([^>]*)>", arguments
            )
        }
        for line in filter(str.strip, body.splitlines()):
            match = re.match(r'\s*(%\w+) = "?stablehlo\.(\w+)"?(.*)', line)
            types = re.findall(r"tensor<([^>]*)>", line)
            if not match or not types:
                # Only operations with a body, which decide, have such lines.
                self.unread.append(line)
                continue
            name, kind, rest = match.groups()
            operands = re.findall(r"%\w+", rest)
            if not self.unread and not set(operands) <= set(self.operations):
                raise ValueError(
                    f"values must be made before they are used; got {line!r}. "
                    "Pass the whole module."
                )
            self.operations[name] = _Operation(
                kind, operands, rest, _is_real(types[-1])
            )

    def _of(self, name: str) -> list[_Operation]:
        return [self.operations[o] for o in self.operations[name].operands]

    def _users(self, name: str) -> list[str]:
        return [n for n, o in self.operations.items() if name in o.operands]

    def real_decisions(self, switches: Sequence[str] = ()) -> list[str]:
        """The decisions by floats: comparisons, roundings, whole numbers.

        Args:
          switches: fractions, as the module prints them; a comparison with one
            counts as harmless.
        """
        if self.unread:
            return self.unread
        found = []
        for name, operation in self.operations.items():
            reals = any(o.is_real for o in self._of(name))
            match operation.kind:
                case "compare":
                    bad = reals and not self._is_harmless(name, switches)
                case "convert":
                    is_cut = reals and not operation.is_real
                    bad = is_cut and not self._is_corrected(name)
                case "floor" | "ceil" | "round_nearest_even" | "remainder":
                    bad = reals
                case kind:
                    bad = kind not in _HARMLESS
            if bad:
                found.append(f"{name} = {operation.kind}{operation.text}")
        return found

    def _is_harmless(self, name: str, switches: Sequence[str]) -> bool:
        """Whether it compares 0 with a value that has an integer's sign.

        A fraction compared with a switch, to choose a formula, is harmless too,
        and so is a value compared with itself, which finds NaN.
        """
        (left, right) = self.operations[name].operands
        if left == right:
            return True
        constant = self.operations[right]
        if constant.kind == "broadcast_in_dim":
            constant = self.operations[constant.operands[0]]
        if constant.kind != "constant" or not self._has_exact_sign(left):
            return False
        return any(f"<{c}>" in constant.text for c in (_ZERO, *switches))

    def _has_exact_sign(self, name: str) -> bool:
        """Whether it comes from nonnegative integers without a subtraction."""
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

    def _is_corrected(self, estimate: str) -> bool:
        """Whether integers correct the error of an estimate.

        The forms are estimate + f(step - estimate * count), all in integers;
        or, in vectors, estimate - (step < starts[estimate]). The remainder is
        corrected too, before it becomes a float.
        """
        leftovers: set[str] = set()
        corrected = []
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
            for user in self._users(leftover):
                operation = self.operations[user]
                others = [o for o in operation.operands if o != leftover]
                if operation.is_real or (
                    operation.kind == "subtract"
                    and not all(self._is_made_of(o, {leftover}) for o in others)
                ):
                    return False
        return len(corrected) == 1 and any(
            self._is_made_of(operand, leftovers)
            for operand in self.operations[corrected[0]].operands
        )

    def _is_made_of(self, name: str, sources: Iterable[str]) -> bool:
        """Whether a value comes from a source through integers only."""
        if name in sources:
            return True
        operation = self.operations[name]
        return not operation.is_real and any(
            self._is_made_of(operand, sources) for operand in operation.operands
        )
