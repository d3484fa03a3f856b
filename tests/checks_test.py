"""Checks in other processes are reported under their own names."""

import checks
import pytest


def _wrong():
    assert 1 + 1 == 3, "a sum"


def _does_not_raise():
    with pytest.raises(ValueError, match="never"):
        pass


def _raises(error):
    raise error


def test_each_failure_is_reported_under_the_name_of_its_check():
    results = checks.run(
        [
            ("good", lambda: None),
            ("wrong", _wrong),
            ("quiet", _does_not_raise),
            ("raising", _raises, KeyError("step")),
            ("skipped", pytest.skip, "not here"),
            ("after", max, 1, 2),
        ]
    )
    assert [*results] == [
        *("good", "wrong", "quiet", "raising", "skipped", "after")
    ]
    assert results["good"] is results["after"] is None
    assert results["wrong"].startswith("AssertionError: a sum")
    assert results["quiet"].startswith("Failed: DID NOT RAISE")
    assert results["raising"] == "KeyError: 'step'"
    assert results["skipped"] == "Skipped: not here"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_exceptions_that_end_the_program_are_not_caught(error):
    with pytest.raises(type(error)):
        checks.run([("ending", _raises, error)])


def test_two_checks_with_the_same_name_are_refused():
    with pytest.raises(AssertionError, match="two checks are called same"):
        checks.run([("same", lambda: None), ("same", _wrong)])


def test_the_last_line_is_read_back(capsys):
    print("what TensorFlow prints")
    checks.write({"good": None, "wrong": "why"})
    output = capsys.readouterr().out
    assert checks.read(output) == {"good": None, "wrong": "why"}
