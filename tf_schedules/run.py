"""How long a training run is, in whole steps."""

import dataclasses
import itertools
import math
from fractions import Fraction
from typing import Any

from tf_schedules.core import rules, values
from tf_schedules.numerics import as_fraction

_STEPS = "Pass a number of batches such as 5005."
_NO_LENGTHS = {-1: "infinitely many", -2: "an unknown number"}  # tf.data's


@dataclasses.dataclass(frozen=True, init=False)
class Run:
    """A training run of so many epochs, as exact whole steps.

    ```
    steps_per_epoch = ceil(examples / batch_size)  # floor: drop_remainder
    total_steps = floor(epochs * steps_per_epoch + 1 / 2)
    ```

    A step is a batch: what `fit` counts, and what an optimizer passes to a
    schedule. Python floats mean their decimals: a tenth of 90 epochs is 9.

    Args:
      epochs: how many epochs there are: a number greater than 0, whole or
        not.
      steps_per_epoch: how many batches an epoch has: a whole number of at
        least 1; or None, with `examples` and `batch_size` instead.
      examples: how many examples an epoch has: a whole number of at least 1.
      batch_size: how many of them a batch has, over all replicas: a whole
        number of at least 1.
      drop_remainder: whether an epoch ends before the batch that would not be
        full.
      gradient_accumulation_steps: how many batches make an update: a whole
        number of at least 1, Keras's argument of that name.

    Raises:
      TypeError: if an argument is no number.
      ValueError: if an argument is out of its range, if the length of an
        epoch is given twice or not at all, or if there are no steps or no
        updates.

    >>> run = Run(epochs=90, examples=1_281_167, batch_size=256)
    >>> run.steps_per_epoch, run.total_steps
    (5005, 450450)
    >>> run.epochs_to_steps(2.5), run.steps(0.1)
    (12513, 45045)
    >>> run.split(0.05, 0.75, 0.2)
    (22523, 337837, 90090)

    Source: the definition.
    """

    epochs: float
    steps_per_epoch: int
    gradient_accumulation_steps: int

    def __init__(
        self,
        epochs: float,
        steps_per_epoch: int | None = None,
        *,
        examples: int | None = None,
        batch_size: int | None = None,
        drop_remainder: bool = False,
        gradient_accumulation_steps: int = 1,
    ) -> None:
        epochs = _number("epochs", epochs, rules.POSITIVE, "Pass 90, say.")
        if steps_per_epoch is None:
            steps_per_epoch = _batches(examples, batch_size, drop_remainder)
        elif examples is not None or batch_size is not None:
            raise ValueError(
                "steps_per_epoch must be left out where examples and "
                f"batch_size are given; got {steps_per_epoch!r} with "
                f"{examples!r} and {batch_size!r}. Pass either."
            )
        steps_per_epoch = _count("steps_per_epoch", steps_per_epoch, _STEPS)
        name = "gradient_accumulation_steps"
        accumulated = _count(name, gradient_accumulation_steps, "Pass 4, say.")
        for field, value in zip(
            dataclasses.fields(self),
            (epochs, steps_per_epoch, accumulated),
            strict=True,
        ):
            object.__setattr__(self, field.name, value)
        if not self.updates:
            raise ValueError(
                f"epochs must make at least one update; got {epochs!r} of "
                f"{steps_per_epoch} steps, {accumulated} an update. Train for "
                "longer."
            )

    @classmethod
    def of(
        cls,
        dataset: Any,
        epochs: float,
        gradient_accumulation_steps: int = 1,
    ) -> "Run":
        """The run over a dataset of batches.

        Args:
          dataset: a `tf.data.Dataset` whose cardinality is known, a
            `tf.keras.utils.PyDataset`, or anything else that has a length in
            batches.
          epochs: as for the class.
          gradient_accumulation_steps: as for the class.

        Raises:
          TypeError: if `dataset` has no length in batches.
          ValueError: if its length is unknown or infinite, or an argument is
            out of its range.

        >>> dataset = tf.data.Dataset.range(1000).batch(32)
        >>> Run.of(dataset, epochs=3)
        Run(epochs=3, steps_per_epoch=32, gradient_accumulation_steps=1)
        """
        return cls(
            epochs,
            _batches_of(dataset),
            gradient_accumulation_steps=gradient_accumulation_steps,
        )

    @property
    def total_steps(self) -> int:
        """How many steps the run has."""
        return self.epochs_to_steps(self.epochs)

    @property
    def updates(self) -> int:
        """How many times the weights change: `optimizer.iterations` at the end.

        Keras accumulates across epochs; what is left over at the end of the
        run changes nothing.
        """
        return self.total_steps // self.gradient_accumulation_steps

    def steps(self, fraction: float) -> int:
        """A part of the run, rounded half up.

        Args:
          fraction: a number from 0 to 1.

        Raises:
          TypeError: if `fraction` is no number.
          ValueError: if it is out of its range.
        """
        part = _number("fraction", fraction, rules.UNIT_INTERVAL)
        return _round(as_fraction(part) * self.total_steps)

    def epochs_to_steps(self, epochs: float) -> int:
        """The steps of some epochs, rounded half up.

        Args:
          epochs: a number of at least 0, whole or not.

        Raises:
          TypeError: if `epochs` is no number.
          ValueError: if it is out of its range.
        """
        epochs = _number("epochs", epochs, rules.NON_NEGATIVE)
        return _round(as_fraction(epochs) * self.steps_per_epoch)

    def split(self, *fractions: float) -> tuple[int, ...]:
        """Parts of the run that add up to all of it.

        A part ends at the rounded sum of the fractions up to it, so that
        `split(0.1, 0.2, 0.7)` has its first two ends at `steps(0.1)` and
        `steps(0.3)`.

        Args:
          *fractions: numbers from 0 to 1 that add up to 1, within 1e-9.

        Raises:
          TypeError: if a fraction is no number.
          ValueError: if one is out of its range, or if they do not add up.
        """
        parts = [
            as_fraction(
                _number(f"fractions[{i}]", fraction, rules.UNIT_INTERVAL)
            )
            for i, fraction in enumerate(fractions)
        ]
        whole = sum(parts, Fraction(0))
        if abs(whole - 1) > Fraction(1, 10**9):
            raise ValueError(
                f"fractions must add up to 1; got {fractions!r}, which make "
                f"{float(whole)!r}. Let the last one be what is left."
            )
        *sums, _ = itertools.accumulate(parts)
        total = self.total_steps
        inner = (min(_round(part * total), total) for part in sums)
        ends = [0, *inner, total]
        return tuple(b - a for a, b in itertools.pairwise(ends))


def _number(
    name: str, value: Any, rule: rules.NumberRule, fix: str | None = None
) -> Any:
    """A number that keeps to a rule, as a Python number."""
    return values.plain(rule.check(name, values.constant(value), fix))


def _count(name: str, value: Any, fix: str) -> int:
    return int(_number(name, value, rules.POSITIVE_COUNT, fix))


def _round(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))


def _batches(examples: Any, batch_size: Any, drop_remainder: bool) -> int:
    """How many batches some examples make."""
    if examples is None or batch_size is None:
        raise ValueError(
            "steps_per_epoch must be given, or examples and batch_size; got "
            f"None, {examples!r} and {batch_size!r}. Pass "
            "steps_per_epoch=5005, say."
        )
    examples = _count("examples", examples, "Pass 1_281_167, say.")
    batch_size = _count("batch_size", batch_size, "Pass 256, say.")
    rules.FLAG.check("drop_remainder", drop_remainder)
    if not drop_remainder:
        return -(-examples // batch_size)
    if batch_size > examples:
        raise ValueError(
            f"batch_size must be at most examples, {examples}, with "
            f"drop_remainder; got {batch_size}. No batch would be left: make "
            "them smaller."
        )
    return int(examples // batch_size)


def _batches_of(dataset: Any) -> int:
    """How many batches a dataset has."""
    if hasattr(dataset, "cardinality"):
        batches = int(dataset.cardinality())
    elif hasattr(dataset, "num_batches"):  # a PyDataset may say None
        batches = -1 if dataset.num_batches is None else dataset.num_batches
    elif hasattr(dataset, "__len__") and not _is_data(dataset):
        batches = len(dataset)
    else:
        raise TypeError(
            "dataset must have a length in batches, as a tf.data.Dataset has; "
            f"got {type(dataset).__name__}. Pass Run(epochs, examples=..., "
            "batch_size=...) for arrays, steps_per_epoch=... for a generator."
        )
    if batches < 1:
        raise ValueError(
            "dataset must have a known number of batches, at least 1; got "
            f"{_NO_LENGTHS.get(batches, batches)}. Pass steps_per_epoch, or "
            "name the number by tf.data.experimental.assert_cardinality()."
        )
    return batches


def _is_data(value: Any) -> bool:
    """Whether its length is one of examples."""
    is_plain = isinstance(value, list | tuple | dict | str | bytes)
    has_examples = ("dtype", "dtypes", "iloc")  # arrays and data frames
    return is_plain or any(hasattr(value, name) for name in has_examples)
