"""The examples in the docstrings are true."""

import doctest
import importlib
import pathlib

import pytest

_PACKAGE = pathlib.Path(__file__).parent.parent / "tf_schedules"
_MODULES = sorted(p.stem for p in _PACKAGE.glob("[!_]*.py"))


@pytest.mark.parametrize("name", _MODULES)
def test_examples(name):
    module = importlib.import_module(f"tf_schedules.{name}")
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_there_are_examples():
    finder, count = doctest.DocTestFinder(), 0
    for name in _MODULES:
        module = importlib.import_module(f"tf_schedules.{name}")
        count += sum(len(t.examples) > 0 for t in finder.find(module))
    assert count >= 5
