"""Published recipes: a schedule, how long it ran, and where it is from.

The rows feed the tests, the SavedModels in saved_models/ and the driver; here
belong the rows, and what adapts one to another run.
"""

from tf_schedules.catalogue.recipes import CATALOGUE, adapted, recipe, recipes
from tf_schedules.catalogue.row import Row

__all__ = ["CATALOGUE", "Row", "adapted", "recipe", "recipes"]
