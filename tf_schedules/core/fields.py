"""Hyperparameters as declared fields: the annotation carries the rule.

    class Decay(Schedule):
        initial_learning_rate: Rate
        power: Annotated[NonNegative, "Pass 1 for a straight line."] = 1.0

A string in the annotation replaces the rule's advice. `Rate | None` also
allows None.
"""

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    ClassVar,
    NamedTuple,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from tf_schedules.core import rules
from tf_schedules.core.values import TensorLike
from tf_schedules.numerics import CURVES, RAMPS

Number: TypeAlias = float | TensorLike
Numbers: TypeAlias = Sequence[Number] | TensorLike

Rate = Annotated[Number, rules.RATE]
Finite = Annotated[Number, rules.FINITE]
Positive = Annotated[Number, rules.POSITIVE]
NonNegative = Annotated[Number, rules.NON_NEGATIVE]
AtLeastOne = Annotated[Number, rules.AT_LEAST_ONE]
UnitInterval = Annotated[Number, rules.UNIT_INTERVAL]
Count = Annotated[Number, rules.COUNT]
PositiveCount = Annotated[Number, rules.POSITIVE_COUNT]
Whole = Annotated[Number, rules.WHOLE]
Rates = Annotated[Numbers, rules.Each(rules.RATE)]
_CURVE_POWER = rules.NumberRule(
    "a power greater than 0",
    "Pass 1 for a straight line.",
    lambda x: x > 0,
    whole_tensors=True,
)
Curve = Annotated[str | Number, rules.OneOf(CURVES, _CURVE_POWER)]
Ramp = Annotated[str | Number, rules.OneOf(RAMPS, _CURVE_POWER)]
Flag = Annotated[bool | np.bool_, rules.FLAG]
Name = str | None  # checked by Schedule itself


class Field(NamedTuple):
    """Everything about a hyperparameter except its name."""

    default: Any
    rule: rules.Rule | None = None
    fix: str | None = None
    is_optional: bool = False

    @property
    def gives_dtype(self) -> bool:
        """Whether the dtype of its value sets that of the schedule."""
        return self.rule is not None and self.rule.gives_dtype

    def check(self, name: str, value: Any) -> Any:
        """The value to store.

        Raises:
          TypeError: if the value is of the wrong type.
          ValueError: if it is out of range.
        """
        if self.rule is None or (value is None and self.is_optional):
            return value
        return self.rule.check(name, value, self.fix)

    @classmethod
    def of(cls, annotation: Any, default: Any) -> "Field":
        """The field that an annotation declares."""
        is_optional = False
        if get_origin(annotation) in (Union, types.UnionType):
            parts = [p for p in get_args(annotation) if p is not type(None)]
            is_optional = type(None) in get_args(annotation)
            annotation = parts[0]
        if get_origin(annotation) is not Annotated:
            return cls(default)
        _, rule, *advice = get_args(annotation)
        return cls(default, rule, advice[0] if advice else None, is_optional)


def take_fields(cls: type) -> dict[str, Field]:
    """The fields that a class body declares, in order.

    Removes their defaults from the class's attributes.
    """
    own = [n for n in inspect.get_annotations(cls) if not n.startswith("_")]
    hints = get_type_hints(cls, include_extras=True) if own else {}
    fields = {}
    for name in own:
        if get_origin(hints[name]) is ClassVar:
            continue
        default = vars(cls).get(name, inspect.Parameter.empty)
        if name in vars(cls):
            delattr(cls, name)
        fields[name] = Field.of(hints[name], default)
    return fields


def is_made(init: Callable[..., None]) -> bool:
    """Whether an `__init__` leaves the arguments to the fields of a class."""
    return getattr(init, "takes_fields", False)


def make_init(cls: type, fields: Mapping[str, Field]) -> Callable[..., None]:
    """An `__init__` that checks each field and passes them all to `_store`."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(name, kind, default=field.default)
        for name, field in fields.items()
    ]
    signature = inspect.Signature(parameters)

    def __init__(  # noqa: N807
        self: Any, *args: Any, **kwargs: Any
    ) -> None:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"{cls.__name__} takes {', '.join(fields)}; got "
                f"{_as_called(args, kwargs)}: {error}. Pass those that it "
                "takes."
            ) from None
        bound.apply_defaults()
        values = bound.arguments
        self._store(**{n: f.check(n, values[n]) for n, f in fields.items()})

    own = inspect.Parameter("self", kind)
    __init__.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [own, *parameters]
    )
    __init__.takes_fields = True  # type: ignore[attr-defined]
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _as_called(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    named = (f"{name}={value!r}" for name, value in kwargs.items())
    return f"({', '.join([*map(repr, args), *named])})"
