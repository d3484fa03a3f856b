"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import tf_schedules

_MODULES = [
    module.name
    for module in pkgutil.walk_packages(
        tf_schedules.__path__, tf_schedules.__name__ + "."
    )
    if not module.name.endswith(".__main__")
]


@pytest.mark.parametrize("name", _MODULES)
def test_the_examples_in_docstrings_give_what_they_show(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_every_public_name_has_an_example():
    finder = doctest.DocTestFinder(recurse=False)
    for name in set(tf_schedules.__all__) - {"Schedule"}:
        (found,) = finder.find(getattr(tf_schedules, name), name)
        assert found.examples, name
