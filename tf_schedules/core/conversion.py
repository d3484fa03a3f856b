"""What counts as a schedule: ours, Keras's, functions and plain numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import tensorflow as tf

from tf_schedules.core.fields import Number
from tf_schedules.core.functions import Function
from tf_schedules.core.registry import class_named
from tf_schedules.core.rules import RATE, Each
from tf_schedules.core.schedule import Schedule
from tf_schedules.core.values import describe, is_tensor

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
    if _has_its_like(schedule):
        cls = class_named(type(schedule).__name__)
        return cls.from_config(schedule.get_config())
    raise TypeError(
        "schedule must be one of tf.keras.optimizers.schedules."
        f"{', '.join(_KERAS_CLASSES)}; got {describe(schedule)}. FromFunction "
        "takes any other one."
    )


def _has_its_like(value: object) -> bool:
    """Whether it is a schedule of Keras that has its like in this package."""
    cls = type(value)
    package = cls.__module__.partition(".")[0]
    return package in ("keras", "tf_keras") and cls.__name__ in _KERAS_CLASSES


def own_schedule(name: str, value: object) -> Schedule:
    """A schedule of this package as it is; nothing else."""
    if isinstance(value, Schedule):
        return value
    raise TypeError(
        f"{name} must be a schedule of tf_schedules; got {describe(value)}. "
        "tf_schedules.from_keras makes one of Keras's."
    )


def as_schedule(name: str, value: Any) -> Schedule:
    """A schedule as it is, Keras's as ours; what a number or function gives."""
    if isinstance(value, Schedule):
        return value
    if _has_its_like(value):
        return from_keras(value)
    made: Schedule
    try:
        if callable(value):
            made = class_named("FromFunction")(value)
            return made
        RATE.check(name, value)
    except TypeError as error:
        is_near = callable(value) or is_tensor(value)
        reason = f" ({error})" if is_near else ""
        raise TypeError(
            f"{name} must be a schedule, a function of the step or a number; "
            f"got {describe(value)}{reason}. Pass a schedule of this package "
            "or of Keras, or a rate."
        ) from error
    made = class_named("Constant")(value)
    return made


class _ScheduleRule:
    """Whatever `as_schedule` takes; a schedule is what is stored."""

    gives_dtype = True

    def check(self, name: str, value: Any, fix: str | None = None) -> Schedule:
        """See `Rule`."""
        return as_schedule(name, value)


if TYPE_CHECKING:

    class AnySchedule:
        """A field that takes whatever `as_schedule` takes."""

        def __get__(self, instance: object, owner: Any) -> Schedule: ...

        def __set__(
            self, instance: object, value: Number | Function
        ) -> None: ...

    class AnySchedules:
        """A field that takes a sequence of these."""

        def __get__(
            self, instance: object, owner: Any
        ) -> tuple[Schedule, ...]: ...

        def __set__(
            self, instance: object, value: Sequence[Number | Function]
        ) -> None: ...

else:
    AnySchedule = Annotated[Any, _ScheduleRule()]
    AnySchedules = Annotated[Any, Each(_ScheduleRule())]
