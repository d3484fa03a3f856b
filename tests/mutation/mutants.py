"""Makes the mutants of a module: its source with one small change."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

_CHANGES = {
    "operator_assignment",
    "operator_augmented_assignment",
    "operator_if_exp",
    "operator_keywords",
    "operator_match",
    "operator_name",
    "operator_number",
    "operator_remove_unary_ops",
    "operator_swap_op",
    "operator_symmetric_string_methods_swap",
}
_OPERATORS = [
    (kind, change)
    for kind, change in mutators.mutation_operators
    if change.__name__ in _CHANGES
]
# Messages, types and imports are for other tools to check.
_LEFT_ALONE = (
    cst.Annotation,
    cst.FormattedString,
    cst.Import,
    cst.ImportFrom,
    cst.Raise,
)


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A changed module.

    Attributes:
      module: the path of the module in the repository.
      lines: the numbers of the lines to look for tests of: that of the change,
        and that on which its statement begins.
      body: the numbers of the lines of the class, if the change is in its body
        and in no method.
      before: the first line that differs, without its indentation.
      after: what stands in its place.
      source: the text of the whole module.
    """

    module: str
    lines: tuple[int, ...]
    body: range
    before: str
    after: str
    source: str = dataclasses.field(repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a file of survivors knows it by."""
        return self.module, self.before, self.after


def mutants_of(module: str, source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines."""
    visitor = _Visitor()
    wrapper = MetadataWrapper(cst.parse_module(source))
    wrapper.visit(visitor)
    made = []
    for node, change, lines, body in visitor.changes:
        mutated = wrapper.module.deep_replace(node, change).code
        if (made and made[-1].source == mutated) or not _compiles(mutated):
            continue
        number, before, after = _difference(source, mutated)
        lines = (number, *lines)
        made.append(Mutant(module, lines, body, before, after, mutated))
    return made


class _Visitor(cst.CSTVisitor):
    """Collects nodes, what to put in their place, and their lines."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self):
        super().__init__()
        self.changes: list[tuple[cst.CSTNode, Any, tuple[int, int], range]] = []
        self._statements = [1]
        self._bodies = [range(0)]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if (
            isinstance(node, _LEFT_ALONE)
            or _is_list_of_names(node)
            or _is_safeguard(node)
        ):
            return False
        if isinstance(node, cst.BaseStatement):
            self._statements.append(self._line(node))
        if isinstance(node, cst.ClassDef):
            place = self.get_metadata(PositionProvider, node)
            self._bodies.append(range(place.start.line, place.end.line + 1))
        elif isinstance(node, cst.FunctionDef):
            self._bodies.append(range(0))
        lines = (self._line(node), self._statements[-1])
        self.changes += [
            (node, changed, lines, self._bodies[-1])
            for kind, change in _OPERATORS
            if isinstance(node, kind)
            for changed in change(node)
            if not _is_false_twice(node, changed)
        ]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.BaseStatement):
            self._statements.pop()
        if isinstance(original_node, cst.ClassDef | cst.FunctionDef):
            self._bodies.pop()

    def _line(self, node: cst.CSTNode) -> int:
        return self.get_metadata(PositionProvider, node).start.line


def _is_false_twice(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Whether False becomes None, which is false in every condition, too."""
    values = [getattr(each, "value", None) for each in (node, changed)]
    names = [v.value if isinstance(v, cst.Name) else "" for v in values]
    return names == ["False", "None"]


def _is_list_of_names(node: cst.CSTNode) -> bool:
    """Whether it is the assignment of `__all__`."""
    return isinstance(node, cst.Assign) and any(
        isinstance(target.target, cst.Name) and target.target.value == "__all__"
        for target in node.targets
    )


def _is_safeguard(node: cst.CSTNode) -> bool:
    """Whether it is the `strict` of a zip, where lengths never differ."""
    return (
        isinstance(node, cst.Arg)
        and node.keyword is not None
        and node.keyword.value == "strict"
    )


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _difference(source: str, mutated: str) -> tuple[int, str, str]:
    """The number and the two texts of the first line that differs."""
    lines: Iterator[tuple[str, str]] = itertools.zip_longest(
        source.splitlines(), mutated.splitlines(), fillvalue=""
    )
    return next(
        (number, old.strip(), new.strip())
        for number, (old, new) in enumerate(lines, 1)
        if old != new
    )
