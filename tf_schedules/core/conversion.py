"""What counts as a schedule: ours, Keras's, and plain numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import tensorflow as tf

from tf_schedules.core.fields import Number
from tf_schedules.core.registry import class_named
from tf_schedules.core.rules import RATE, Each
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.values import describe

_KERAS_CLASSES = (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
)


def from_keras(
    schedule: tf.keras.optimizers.schedules.LearningRateSchedule,
) -> Schedule:
    """The schedule of this package that stands for one of Keras.

    Args:
      schedule: one of the six of `tf.keras.optimizers.schedules`, of Keras 3
        or of tf_keras.

    Returns:
      The class of the same name with the same hyperparameters, variables
      included.

    Raises:
      TypeError: if `schedule` is none of these.

    >>> theirs = tf.keras.optimizers.schedules.ExponentialDecay(0.5, 2, 0.5)
    >>> from_keras(theirs)(4).numpy().item()
    0.125

    Source: `tf.keras.optimizers.schedules`, TensorFlow's documentation.
    """
    cls = type(schedule)
    package = cls.__module__.partition(".")[0]
    if package in ("keras", "tf_keras") and cls.__name__ in _KERAS_CLASSES:
        return class_named(cls.__name__).from_config(schedule.get_config())
    raise TypeError(
        "schedule must be one of tf.keras.optimizers.schedules."
        f"{', '.join(_KERAS_CLASSES)}; got {describe(schedule)}. Write its "
        "formula with the classes of this package."
    )


def own_schedule(name: str, value: object) -> Schedule:
    """A schedule of this package as it is; nothing else."""
    if isinstance(value, Schedule):
        return value
    raise TypeError(
        f"{name} must be a schedule of tf_schedules; got {describe(value)}. "
        "tf_schedules.from_keras makes one of Keras's."
    )


def as_schedule(name: str, value: Any) -> Schedule:
    """A schedule as it is; a number as a `Constant`, Keras's as ours."""
    if isinstance(value, Schedule):
        return value
    if hasattr(value, "get_config") and callable(value):
        return from_keras(value)
    try:
        RATE.check(name, value)
    except TypeError as error:
        raise TypeError(
            f"{name} must be a schedule or a number; got {describe(value)}. "
            "Pass a schedule of this package or of Keras, or a rate."
        ) from error
    constant: Schedule = class_named("Constant")(value)
    return constant


class _ScheduleRule:
    """Whatever `as_schedule` takes; a schedule is what is stored."""

    gives_dtype = True

    def check(self, name: str, value: Any, fix: str | None = None) -> Schedule:
        """See `Rule`."""
        return as_schedule(name, value)


class KerasSchedule(Protocol):
    """A schedule of Keras, to type checkers."""

    def __call__(self, step: Any) -> Any:
        """The rate at a step."""

    def get_config(self) -> dict[str, Any]:
        """The arguments."""


if TYPE_CHECKING:

    class AnySchedule:
        """A field that takes whatever `as_schedule` takes."""

        def __get__(self, instance: object, owner: Any) -> Schedule: ...

        def __set__(
            self, instance: object, value: Number | KerasSchedule
        ) -> None: ...

    class AnySchedules:
        """A field that takes a sequence of these."""

        def __get__(
            self, instance: object, owner: Any
        ) -> tuple[Schedule, ...]: ...

        def __set__(
            self, instance: object, value: Sequence[Number | KerasSchedule]
        ) -> None: ...

else:
    AnySchedule = Annotated[Any, _ScheduleRule()]
    AnySchedules = Annotated[Any, Each(_ScheduleRule())]
