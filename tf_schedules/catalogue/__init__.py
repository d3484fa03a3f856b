"""Published recipes: a schedule, the length of its run, and its source.

The rows feed the tests, the SavedModels in saved_models/ and the driver; here
belong the rows, and what adapts one to another run.
"""

from tf_schedules.catalogue.recipes import adapted, recipe, recipes
from tf_schedules.catalogue.row import Row

__all__ = ["Row", "adapted", "recipe", "recipes"]
