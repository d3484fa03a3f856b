"""Counts the lines of code of the package, room by room.

    python tests/programs/code_lines.py

Blank lines, comments and docstrings do not count.
"""

import ast
import collections
import io
import pathlib
import tokenize

_PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "tf_schedules"
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def code_lines(source: str) -> int:
    """How many lines of a module hold code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        is_documented = isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef
        ) and ast.get_docstring(node)
        if is_documented:
            text = node.body[0]
            lines -= set(range(text.lineno, text.end_lineno + 1))
    return len(lines)


def main():
    """Prints a line a room or module, and the sum."""
    counts = collections.Counter()
    for path in _PACKAGE.rglob("*.py"):
        room = path.relative_to(_PACKAGE).parts[0]
        counts[room] += code_lines(path.read_text())
    for room, count in sorted(counts.items()):
        print(f"{count:6}  {room}")
    print(f"{counts.total():6}  together")


if __name__ == "__main__":
    main()
