"""What a recipe is."""

import dataclasses
import functools

from tf_schedules.catalogue.rates import highest
from tf_schedules.core import Schedule


@dataclasses.dataclass(frozen=True)
class Row:
    """One recipe.

    Attributes:
      schedule: the schedule.
      steps: the number of optimizer steps in the published run.
      source: the publication that the numbers come from.
    """

    schedule: Schedule
    steps: int
    source: str

    @functools.cached_property
    def peak(self) -> float:
        """The highest rate of the run, unrounded."""
        return highest(self.schedule, self.steps, self.steps)
