"""The tool for mutation testing makes mutants and chooses tests as it says."""

import pytest
import selection
import survivors

_SOURCE = '''"""A docstring with 1."""
import os
__all__ = ["f"]


def f(x: int = 1, flag=True) -> "int | None":
    if x < 2 and flag:
        raise ValueError(f"{x + 1} not" + str(3))
    return (
        x
        + len([*zip("a", "b", strict=True)])
    )


class C:
    other: bool = False

    def g(self):
        return 1
'''


def test_mutants_change_one_token_and_no_message_type_or_import():
    pytest.importorskip("mutmut")
    import mutants

    made = mutants.mutants_of("m.py", _SOURCE)
    function = 'def f(x: int = {}, flag={}) -> "int | None":'
    assert [(m.lines, m.before, m.after) for m in made] == [
        ((6, 6, 6), function.format(1, True), function.format(2, True)),
        ((6, 6, 6), function.format(1, True), function.format(1, False)),
        ((7, 7, 7), "if x < 2 and flag:", "if x < 2 or flag:"),
        ((7, 7, 7), "if x < 2 and flag:", "if x <= 2 and flag:"),
        ((7, 7, 7), "if x < 2 and flag:", "if x < 3 and flag:"),
        ((10, 10, 9), "x", 'x - len([*zip("a", "b", strict=True)])'),
        ((16, 16, 16), "other: bool = False", "other: bool = True"),
        ((19, 19, 19), "return 1", "return 2"),
    ]
    assert [m.body for m in made[-2:]] == [range(15, 20), range(0)]
    assert made[4].source == _SOURCE.replace("x < 2", "x < 3")


def test_survivors_are_read_and_stale_ones_are_named():
    key = ("m.py", "if x < 2:", "if x <= 2:")
    other = ("m.py", "return 1", "return 2")
    text = survivors.block(key, "The same at 2.") + "\n"
    text += "n.py\n- a = 1\n+ a = None\n- b = 1\n+ b = 2\n  Both are\n  dead.\n"
    reasons = survivors.read(text)
    assert reasons == {
        key: "The same at 2.",
        ("n.py", "a = 1", "a = None"): "Both are dead.",
        ("n.py", "b = 1", "b = 2"): "Both are dead.",
    }
    assert survivors.read("") == {}
    assert survivors.unmatched(reasons, [other]) == [key]
    assert survivors.unmatched(reasons, [other, key]) == []
    assert survivors.reason_of(reasons, key) == "The same at 2."
    assert survivors.reason_of(reasons, other) is None
    style = {("m.py", "return 1", "..."): "Style."}
    assert survivors.reason_of(style, other) == "Style."
    assert survivors.unmatched(style, [other]) == []
    assert survivors.unmatched(style, [key]) == [*style]
    for wrong in ("m.py\n- a\n+ b\n", "m.py\n+ a\n- b\n  why\n", text + text):
        with pytest.raises(ValueError, match=r"Expected -|is here twice"):
            survivors.read(wrong)


_SLOW, _FAST = "tests/a_test.py::slow", "tests/a_test.py::fast"
_ROWS = [f"tests/b_test.py::rows[{i}]" for i in range(3)]
_FILES = [
    selection.Measured(
        1.0,
        {_SLOW: 5.0, _FAST: 0.5, "tests/a_test.py::other": 1.0},
        {"m.py": {"0 a = 1": [_SLOW, _FAST], "0 b = 1": [_FAST]}},
        {"m.py": ["0 import os"]},
    ),
    selection.Measured(
        2.0,
        dict(zip(_ROWS, (0.01, 0.5, 0.02), strict=True)),
        {"m.py": {"1 a = 1": _ROWS}},
        {"m.py": []},
    ),
]


def test_lines_are_named_by_their_text_and_place():
    source = "a = 1\nif a:\n    a = 1\na = 1\n"
    names = ["0 a = 1", "0 if a:", "1 a = 1", "2 a = 1"]
    assert selection.names_of_lines(source) == names


@pytest.mark.parametrize(
    ("names", "tests", "body"),
    [
        (["0 b = 1", "0 a = 1"], {_FAST}, []),
        (["0 never", "1 a = 1"], {*_ROWS}, []),
        (["0 never"], {_SLOW, _FAST, *_ROWS}, []),
        (["0 import os"], {_SLOW, _FAST, *_ROWS}, []),
        (["0 import os"], {_FAST}, ["0 never", "0 b = 1"]),
        (["0 import os"], {_SLOW, _FAST, *_ROWS}, ["0 never"]),
        (["1 a = 1"], {*_ROWS}, ["0 b = 1"]),
    ],
)
def test_a_line_has_the_tests_that_run_it(names, tests, body):
    assert selection.tests_of(_FILES, "m.py", names, body) == tests
    every = {test for file in _FILES for test in file.seconds}
    assert selection.tests_of(_FILES, "n.py", names, body) == every


def test_tests_are_fast_and_varied_within_the_budget():
    every = {_SLOW, _FAST, *_ROWS}
    assert selection.within(99, _FILES, every) == [
        *(_FAST, _ROWS[0], _SLOW, _ROWS[2], _ROWS[1])
    ]
    # The first test of a file costs what its collection takes longer than any,
    # and the first row what may be shared.
    assert selection.within(3.0, _FILES, every) == [_FAST, _ROWS[0]]
    assert selection.within(2.4, _FILES, every) == [_FAST]
    assert selection.within(3.0, _FILES, _ROWS) == [_ROWS[0], _ROWS[2]]
    assert selection.within(2.4, _FILES, _ROWS) == []
    seconds = dict(zip(_ROWS, (1, 5, 2), strict=True))
    even = selection.Measured(2.0, seconds, {}, {})
    assert selection.within(3.1, [even], _ROWS) == [_ROWS[0]]
    two = dict(zip(_ROWS[:2], (0.1, 5), strict=True))
    shared = selection.Measured(2.0, two, {}, {})
    assert selection.within(3.1, [shared], _ROWS) == []
    assert selection.within(3.9, _FILES, every, _ROWS) == [_FAST]
    assert selection.within(1.4, _FILES, every) == []
    assert selection.within(3.9, _FILES, every, near="tests/b") == [
        *(_ROWS[0], _ROWS[2], _ROWS[1], _FAST)
    ]
    assert selection.batches(_FILES, "m.py", ["0 a = 1"], (2, 8, 8), []) == [
        [_FAST],
        [_SLOW],
        ["tests/a_test.py::other"],
    ]
