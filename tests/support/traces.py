"""Counts traces: how often TensorFlow runs a formula as Python."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf

import tf_schedules


@contextlib.contextmanager
def of(
    schedule: tf_schedules.Schedule | type[tf_schedules.Schedule],
) -> Iterator[list[tf.Tensor]]:
    """The steps of the traces of a formula within the context, one per trace.

    Args:
      schedule: one schedule, or a class for all schedules with its formula.
    """
    steps = []
    formula = schedule._formula

    def counted(*arguments: Any, **values: Any) -> tf.Tensor:
        steps.append(arguments[-1])  # a class's formula gets the schedule first
        return formula(*arguments, **values)

    with pytest.MonkeyPatch.context() as patch:
        if isinstance(schedule, type):
            patch.setattr(schedule, "_formula", counted)
        else:  # an instance refuses ordinary assignment
            patch.setitem(vars(schedule), "_formula", counted)
        yield steps
