"""The rows by their names, and a row for another run."""

import difflib
import functools
from collections.abc import Mapping
from types import MappingProxyType

from tf_schedules.catalogue.clocks import for_a_run_of
from tf_schedules.catalogue.rates import highest, with_rates_times
from tf_schedules.catalogue.row import Row
from tf_schedules.core import Schedule, rules, values
from tf_schedules.numerics import as_fraction


def recipes() -> Mapping[str, Row]:
    """The published recipes by their names.

    Returns:
      A read-only mapping to rows: each has the `schedule`, the number of
      `steps` of the published run, the `peak`, which is its highest rate, and
      the `source`.

    >>> recipes()["sgdr"].schedule.t_mul, recipes()["sgdr"].peak
    (2.0, 0.05)

    Source: each row names its own.
    """
    return _rows()


@functools.cache
def _rows() -> Mapping[str, Row]:
    # Imported when they are asked for: to make them takes time.
    from tf_schedules.catalogue import images, language, methods

    rows = images.IMAGES | language.LANGUAGE | methods.METHODS
    return MappingProxyType(dict(sorted(rows.items())))


def recipe(
    name: str, total_steps: int | None = None, peak: float | None = None
) -> Schedule:
    """A published recipe, for a run of another length or rate.

    ```
    rate = c * published(step * published_steps / total_steps)
    ```

    where c makes the highest rate of all steps below `total_steps` the peak.

    Args:
      name: the name of a row; see `recipes`.
      total_steps: how many steps the run has: a whole number of at least 1;
        None for as many as were published.
      peak: the highest rate: a finite number greater than 0; None for the
        published rates.

    Returns:
      A schedule of dtype float32.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if there is no such row, if a number is out of its range, or
        if so few steps have no rate above 0.

    >>> recipe("bert-base", peak=2e-5)([0, 10_000]).numpy().tolist()
    [0.0, 1.9999999494757503e-05]
    >>> half = recipe("resnet-50", total_steps=225_225)
    >>> half([75_074, 75_075]).numpy().tolist()
    [0.10000000149011612, 0.009999999776482582]

    Source: the row's.
    """
    if not isinstance(name, str):
        raise TypeError(
            f"name must be the name of a recipe; got {values.describe(name)}. "
            'Pass "sgdr", say; recipes() has all.'
        )
    if name not in recipes():
        (nearest,) = difflib.get_close_matches(name, recipes(), 1, cutoff=0)
        raise ValueError(
            f"name must be the name of a recipe; got {name!r}. Did you mean "
            f"{nearest!r}? recipes() has all."
        )
    return adapted(recipes()[name], total_steps, peak)


def adapted(row: Row, total_steps: int | None, peak: float | None) -> Schedule:
    """The schedule of a row for another run; see `recipe`."""
    steps, schedule = row.steps, row.schedule
    if total_steps is not None:
        rules.POSITIVE_COUNT.check("total_steps", total_steps)
        steps = int(values.plain(total_steps))
        schedule = for_a_run_of(schedule, steps, row.steps)
    if peak is None:
        return schedule
    rules.POSITIVE.check("peak", peak, "Pass a rate such as 0.1.")
    top = highest(schedule, steps, row.steps)
    if top <= 0:
        raise ValueError(
            f"total_steps must be enough for a rate above 0; got {steps}. "
            "Pass more, or leave out peak."
        )
    factor = as_fraction(values.plain(peak)) / as_fraction(top)
    return with_rates_times(schedule, factor)
