"""A schedule that can be retuned while it runs, by edits that are data."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias, final

import tensorflow as tf

from tf_schedules.core import (
    AnySchedule,
    Landmarks,
    Name,
    Number,
    Schedule,
    rules,
    values,
)
from tf_schedules.numerics import LAST_STEP, Step

# Each step is compared with all edits.
_MOST_EDITS = 2**16
_CAPACITY = rules.NumberRule(
    f"a whole number from 1 to {_MOST_EDITS}",
    "A few will do, such as 16.",
    lambda x: 1 <= x <= _MOST_EDITS and float(x).is_integer(),
    whole_tensors=True,
)
Edits: TypeAlias = Iterable[tuple[int, float]]


class EditTable(tf.Module):
    """Steps and the factors that hold from them on, as two variables.

    They are checkpointed with whatever holds the table.

    Args:
      capacity: the most edits there can be.
      edits: those that there are: `(step, factor)` pairs.
    """

    def __init__(self, capacity: int, edits: Edits = ()):
        super().__init__(name="edits")
        self.capacity = capacity

        # Row 0 is the start. Rows without an edit never begin, and have the
        # last factor all the same, for a step beyond every other.
        def variable(first, rest, dtype, name):
            return tf.Variable(
                [first] + [rest] * capacity,
                trainable=False,
                dtype=dtype,
                name=name,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )

        with tf.init_scope():
            self._steps = variable(0, LAST_STEP, tf.int64, "steps")
            self._factors = variable(1.0, 1.0, tf.float64, "factors")
        for step, factor in edits:
            self.append(step, factor)

    def __reduce__(self):
        return EditTable, (self.capacity, self.rows())

    def __repr__(self):
        return repr(tuple(self.rows()))

    def rows(self) -> list[tuple[int, float]]:
        """The edits: each step, and the factor that holds from there on."""
        columns = map(values.plain, (self._steps, self._factors))
        pairs = zip(*columns, strict=True)
        return [pair for pair in pairs if pair[0] < LAST_STEP][1:]

    def append(self, step: int, factor: float) -> None:
        """Lets a factor hold from a step on, not before the last edit's."""
        rows = self.rows()
        if len(rows) == self.capacity:
            raise ValueError(
                f"capacity must be above the {len(rows)} edits that there are; "
                f"got another one at step {step}. Make Adjustable(schedule, "
                f"capacity={2 * self.capacity}, edits=...) with those."
            )
        if rows and step < rows[-1][0]:
            raise ValueError(
                f"step must be at least {rows[-1][0]}, where the last edit "
                f"begins; got {step}. Edit the steps that are to come."
            )
        used = len(rows) + 1
        factors, steps = self._factors.numpy(), self._steps.numpy()
        factors[used:], steps[used] = factor, step
        # In this order no step ever has the factor of another row.
        self._factors.assign(factors)
        self._steps.assign(steps)

    def factor_at(self, step: Step) -> tf.Tensor:
        """The factor at each of some steps."""
        starts, factors = self._steps, self._factors
        if values.is_numpy(starts):
            starts, factors = map(tuple, (starts.tolist(), factors.tolist()))
        else:
            # XLA cannot gather from a variable.
            factors = tf.convert_to_tensor(factors)
        row = step.floor().count_reached(starts) - 1
        return step.lookup(factors, row)

    def with_constants(self) -> "EditTable":
        """A copy that has numbers in place of its variables."""
        copy = EditTable(self.capacity)
        del copy._steps, copy._factors  # or they would still be tracked
        copy._steps = values.constant(self._steps)
        copy._factors = values.constant(self._factors)
        return copy


@final
class Adjustable(Schedule):
    """A schedule that can be scaled from a step on, while it runs.

    ```
    rate = schedule(step) * factor of the last edit that begins by step
    ```

    An edit is data with the step at which it begins, and not a change of
    what was: the rate stays a pure function of the config, the table of edits
    and the step. The table is in the config, in checkpoints and in
    SavedModels, so that a run that is repeated, or goes on elsewhere, has the
    same rates; a variable that is overwritten cannot give that.

    Args:
      schedule: a schedule of this package or of Keras, or a rate. Its dtype
        is the schedule's.
      capacity: how many edits there can be: a whole Python number from 1 to
        65536.
      edits: the edits to begin with: a sequence of `(step, factor)` pairs of
        Python numbers, the steps not falling; a factor is that to the rate
        of `schedule`. As an attribute it is the table; see its `rows`.
      name: the name in the config and of the operations; a string or None.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if an argument is out of its range, or there are more edits
        than `capacity`.

    >>> from tf_schedules import ExponentialDecay
    >>> schedule = Adjustable(ExponentialDecay(1.0, 2, 0.5))
    >>> schedule.scale_from(step=4, factor=0.5)
    >>> schedule([0, 2, 4, 6]).numpy().tolist()
    [1.0, 0.5, 0.125, 0.0625]
    >>> schedule.edits.rows()
    [(4, 0.5)]

    Source: the definition.
    """

    schedule: AnySchedule
    capacity: Annotated[Number, _CAPACITY] = 16
    edits: Any = ()
    name: Name = "Adjustable"

    def _store(self, name: str | None = None, **arguments: Any) -> None:
        edits = arguments.pop("edits")
        capacity = int(values.plain(arguments["capacity"]))
        if not isinstance(edits, EditTable):
            edits = EditTable(capacity, _checked(edits))
        elif edits.capacity != capacity:
            edits = EditTable(capacity, edits.rows())
        super()._store(name, edits=edits, **arguments)

    def scale_from(
        self, step: int, factor: float, now: Number | None = None
    ) -> None:
        """Multiplies the rate by a factor from a step on.

        Args:
          step: where it begins: a whole Python number of at least 0, not
            before the last edit.
          factor: what to multiply with: a finite Python number of at least 0.
            It is to the rate there is now: 0.5 twice makes a quarter.
          now: the step that the run is at, such as `optimizer.iterations`; an
            edit of a step before it is refused. None for no such check.

        Raises:
          TypeError: if an argument is no number.
          ValueError: if an argument is out of its range, if `step` has
            passed, or if the table is full.
        """
        ((step, factor),) = _checked([(step, factor)])
        if now is not None and step < (now := int(values.plain(now))):
            raise ValueError(
                f"step must be at least {now}, where the run is now; got "
                f"{step}. What has been applied cannot be edited."
            )
        rows = self.edits.rows()
        factor *= rows[-1][1] if rows else 1.0
        self.edits.append(step, _check_factor(factor))

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values; the edits that there are now."""
        edits = [list(row) for row in self.edits.rows()]
        return super().get_config() | {"edits": edits}

    def _landmarks(self) -> Landmarks:
        edits = self.edits.rows()
        last = max([step for step, _ in edits], default=0)
        own = self.schedule._landmarks()
        edited = Landmarks.at(*(step for step, _ in edits))
        return (own | edited.lasting(last + last / 3)).noted(
            (step, f"\u00d7{factor:g}") for step, factor in edits
        )

    def _formula(self, step, schedule, capacity, edits):
        return schedule._compute(step) * edits.factor_at(step)


def _check_factor(factor: float) -> float:
    fix = "Pass a factor such as 0.5."
    return rules.NON_NEGATIVE.check("factor", factor, fix)


def _checked(edits: Any) -> list[tuple[int, float]]:
    """The edits as Python numbers, each within its range."""
    checked = []
    if not isinstance(edits, list | tuple):
        raise TypeError(
            "edits must be a list or a tuple; got "
            f"{values.describe(edits)}. Put the pairs into a list."
        )
    for edit in edits:
        if not (isinstance(edit, list | tuple) and len(edit) == 2):
            raise TypeError(
                "edits must be (step, factor) pairs; got "
                f"{values.describe(edit)}. Pass for example [(1000, 0.1)]."
            )
        step, factor = map(values.plain, edit)
        step, factor = (
            rules.COUNT.check("step", step),
            _check_factor(factor),
        )
        if step >= LAST_STEP:
            raise ValueError(
                f"step must be below {LAST_STEP}; got {step}. No run "
                "gets there."
            )
        checked.append((int(step), float(factor)))
    return checked
