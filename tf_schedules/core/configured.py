"""Arguments that a class declares and stores once, and configs from them."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import tensorflow as tf

from tf_schedules.core import fields, registry, values
from tf_schedules.core.landmarks import Landmarks
from tf_schedules.core.rules import OneOf
from tf_schedules.numerics import PRECISIONS


class Configured:
    """An object that its arguments describe completely.

    A subclass declares them as fields, or defines an `__init__` that stores
    each under its own name. Configs, copies and pickles hold the arguments,
    which cannot be reassigned.
    """

    _fields: ClassVar[dict[str, fields.Field]] = {}
    # The arguments by name, in the order of the signature.
    _arguments: ClassVar[tuple[str, ...]]
    # The argument that sets the dtype; empty if the class sets it itself.
    _rate_argument: ClassVar[str]
    # The precision requested of this object; its parts may request their own.
    _precision = "float64"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Annotations beside an __init__ that someone wrote are no fields.
        is_declared = fields.is_made(cls.__init__)
        if is_declared and (own := fields.take_fields(cls)):
            cls._fields = cls._fields | own
            cls.__init__ = fields.make_init(  # type: ignore[method-assign]
                cls, cls._fields
            )
        cls._arguments = tuple(inspect.signature(cls.__init__).parameters)[1:]
        if "_rate_argument" not in vars(cls):
            cls._rate_argument = cls._find_rate_argument()

    @classmethod
    def _find_rate_argument(cls) -> str:
        names = [name for name in cls._arguments if name != "name"]
        declared = [n for n, field in cls._fields.items() if field.gives_dtype]
        named = [name for name in names if name == "initial_learning_rate"]
        return next(iter(declared or named or names), "")

    def _argument(self, name: str) -> Any:
        value = getattr(self, name)
        # TensorFlow wraps a tuple that holds variables or modules.
        return tuple(value) if isinstance(value, tuple) else value

    def _now(self, *names: str) -> Any:
        """One argument as it is now, or a list of some, as Python values."""

        def plain(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(plain, value))
            if isinstance(value, Configured):
                return value
            return values.plain(value)

        found = [plain(self._argument(name)) for name in names]
        return found if len(found) > 1 else found[0]

    def _parts(self) -> Iterator["Configured"]:
        for name in self._arguments:
            value = self._argument(name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Configured):
                    yield part

    def _landmarks(self) -> Landmarks:
        """Where a picture has to look; by default where its parts have to."""
        landmarks = (part._landmarks() for part in self._parts())
        return functools.reduce(Landmarks.__or__, landmarks, Landmarks())

    def _precision_of_all(self) -> str:
        """float32 if this object or any part of it requests float32."""
        precisions = (part._precision_of_all() for part in self._parts())
        if self._precision == "float32" or "float32" in precisions:
            return "float32"
        return "float64"

    def _changed(self, change: Callable[[Any], Any]) -> Any:
        """A copy with `change` applied to each argument or tuple element."""

        def changed(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(changed, value))
            return change(value)

        arguments = {n: changed(self._argument(n)) for n in self._arguments}
        return _rebuild(type(self), arguments, self._precision)

    @property
    def _has_config(self) -> bool:
        """Whether the config alone can recreate the object anywhere."""
        return all(part._has_config for part in self._parts())

    @property
    def dtype(self) -> tf.DType:
        """The dtype of the learning rate."""
        if self._precision_of_all() == "float32":
            return tf.float32
        return self._rate_dtype

    @property
    def _rate_dtype(self) -> tf.DType:
        name = self._rate_argument
        return values.dtype_of(self._argument(name) if name else 0.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values; variables at their current value.

        `dtype` is added if the rate's is not float32, and `precision` if it is
        not float64.

        Raises:
          ValueError: if an argument is a symbolic tensor.
        """
        config = {
            name: registry.to_json(self._argument(name))
            for name in self._arguments
        }
        is_own = not self._has_its_dtype_elsewhere()
        if is_own and self._rate_dtype != tf.float32:
            config["dtype"] = self._rate_dtype.name
        if self._precision != "float64":
            config["precision"] = self._precision
        return config

    def _has_its_dtype_elsewhere(self) -> bool:
        if not self._rate_argument:
            return True
        rate = self._argument(self._rate_argument)
        return isinstance(
            rate[0] if isinstance(rate, tuple) else rate, Configured
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The schedule that a config describes.

        Args:
          config: the result of `get_config`, or Keras's config for its class
            of the same name.

        Raises:
          TypeError: if an argument is missing or unknown to this class.
        """
        config = {
            name: registry.from_json(value) for name, value in config.items()
        }
        is_argument = "dtype" in cls._arguments
        dtype = None if is_argument else config.pop("dtype", None)
        precision = config.pop("precision", "float64")
        OneOf(PRECISIONS).check("precision", precision)
        try:
            inspect.signature(cls).bind(**config)
        except TypeError as error:
            raise TypeError(
                f"the config of {cls.__name__} must hold its arguments, "
                f"{', '.join(cls._arguments)}: {error}."
            ) from None
        if dtype is not None:
            rate = config[cls._rate_argument]
            config[cls._rate_argument] = values.as_dtype(rate, dtype)
        return _rebuild(cls, config, precision)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            if name not in self._arguments:
                raise AttributeError(
                    f"{type(self).__name__} has no hyperparameter {name}; it "
                    f"has {', '.join(self._arguments)}."
                )
            if name in vars(self):
                raise AttributeError(
                    f"{name} cannot be reassigned, because compiled code "
                    "would not see it. Make the schedule with "
                    f"{name}=tf.Variable(...) and call its assign()."
                )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._arguments:
            raise AttributeError(f"{name} cannot be deleted.")
        super().__delattr__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: self._argument(name) for name in self._arguments}
        return _rebuild, (type(self), values, self._precision)

    def __repr__(self) -> str:
        text = f"{type(self).__name__}({', '.join(self._shown())})"
        if self._precision != "float64":
            text += f".with_precision({self._precision!r})"
        return text

    def _shown(self) -> Iterator[str]:
        """The arguments of a call that makes the object, without defaults."""
        for name, parameter in inspect.signature(type(self)).parameters.items():
            text = repr(self._argument(name))
            is_named = parameter.kind is parameter.KEYWORD_ONLY
            if parameter.default is not parameter.empty:
                is_named = True
                if text == repr(parameter.default):
                    continue
            yield f"{name}={text}" if is_named else text


def _rebuild(
    cls: type[Configured], values: dict[str, Any], precision: str = "float64"
) -> Any:
    made = cls(**values)
    if precision != "float64":
        made._precision = precision
    return made
