"""The examples in the docstrings work."""

import doctest

import pytest
import tensorflow as tf

import tf_schedules


def _examples(name: str) -> list[doctest.DocTest]:
    """The examples of a public name and of its methods."""
    found = doctest.DocTestFinder().find(
        getattr(tf_schedules, name),
        name,
        module=False,  # the functions belong to other modules
        globs=vars(tf_schedules) | {"tf": tf},
    )
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", tf_schedules.__all__)
def test_every_public_name_has_working_examples(name):
    examples = _examples(name)
    assert examples
    for example in examples:
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        assert runner.run(example).failed == 0
