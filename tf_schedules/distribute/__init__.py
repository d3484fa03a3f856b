"""Checks and agreements across all the workers of a job."""

from tf_schedules.distribute.workers import (
    agree_on_factor,
    assert_same_on_all_workers,
)

__all__ = [
    "agree_on_factor",
    "assert_same_on_all_workers",
]
