"""A type checker refuses only wrong uses of the public names."""

import pathlib
import re
import sys

import processes
import pytest

pytest.importorskip("mypy")
_ROOT = pathlib.Path(__file__).parent.parent


def _refused_lines(
    program: pathlib.Path, cache: pathlib.Path
) -> tuple[set[int], str]:
    """The lines that mypy refuses, and its output."""
    result = processes.run(
        *(sys.executable, "-m", "mypy", "--follow-imports=silent"),
        *("--cache-dir", cache, program),
        cwd=_ROOT,
    )
    assert result.returncode in (0, 1), result.stderr + result.stdout
    found = re.findall(rf"^.*{program.name}:(\d+): error:", result.stdout, re.M)
    assert bool(found) == bool(result.returncode), result.stdout
    return {*map(int, found)}, result.stdout


def test_only_the_marked_lines_are_refused(tmp_path):
    program = processes.PROGRAMS / "misuse.py"
    lines = program.read_text().splitlines()
    marked = {n for n, line in enumerate(lines, 1) if "# error" in line}
    assert len(marked) > 10
    refused, said = _refused_lines(program, tmp_path)
    assert refused == marked, said


def test_right_uses_pass_the_type_checker(tmp_path):
    refused, said = _refused_lines(
        processes.PROGRAMS / "right_uses.py", tmp_path
    )
    assert not refused, said


def test_right_uses_run():
    processes.output_of(processes.PROGRAMS / "right_uses.py")


def test_the_check_tells_right_lines_from_wrong_ones(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("x: int = 1\ny: int = 'two'\n")
    assert _refused_lines(program, tmp_path)[0] == {2}
