"""The count of code lines leaves out what is no code."""

import code_lines


def test_only_code_counts():
    source = '''"""A module.

With a docstring of lines.
"""

import os  # a comment beside code

# A comment.


def function(
    argument,
):
    """A docstring."""
    text = """
    a string that is code
    """
    return os, text
'''
    assert code_lines.code_lines(source) == 8
