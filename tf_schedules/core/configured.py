"""Arguments that are stored once, and the configs made of them."""

import inspect
from typing import Any

import tensorflow as tf

from tf_schedules.core import arguments, registry


class Configured:
    """What is made of its arguments, and of nothing else.

    Each argument of `__init__` is stored under its own name; they are the
    config, the copy and the pickle, and cannot be reassigned.
    """

    # The argument whose dtype is the schedule's, if it is one argument's.
    _rate_argument: str | None = "initial_learning_rate"
    _arguments: tuple[str, ...] = ()

    def _argument(self, name):
        value = getattr(self, name)
        # TensorFlow wraps a tuple that holds variables or modules.
        return tuple(value) if isinstance(value, tuple) else value

    @property
    def dtype(self) -> tf.DType:
        """The dtype of the learning rate."""
        return arguments.dtype_of(self._argument(self._rate_argument))

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values; variables at their value now.

        `dtype` is added where it is not float32.

        Raises:
          ValueError: if an argument is a symbolic tensor.
        """
        config = {
            name: registry.to_json(self._argument(name))
            for name in self._arguments
        }
        if self.dtype != tf.float32 and not self._has_its_dtype_elsewhere():
            config["dtype"] = self.dtype.name
        return config

    def _has_its_dtype_elsewhere(self):
        if self._rate_argument is None:
            return True
        rate = self._argument(self._rate_argument)
        return isinstance(
            rate[0] if isinstance(rate, tuple) else rate, Configured
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Configured":
        """The schedule that `get_config` described.

        Args:
          config: what `get_config` returned, or Keras's config of its class
            of the same name.

        Raises:
          TypeError: if an argument is missing or not one of this class.
        """
        config = {
            name: registry.from_json(value) for name, value in config.items()
        }
        dtype = config.pop("dtype", None)
        try:
            inspect.signature(cls).bind(**config)
        except TypeError as error:
            raise TypeError(
                f"the config of {cls.__name__} must hold its arguments, "
                f"{', '.join(cls._arguments)}: {error}."
            ) from None
        if dtype is not None:
            rate = config[cls._rate_argument]
            config[cls._rate_argument] = arguments.as_dtype(rate, dtype)
        return cls(**config)

    def __setattr__(self, name, value):
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

    def __delattr__(self, name):
        if name in self._arguments:
            raise AttributeError(f"{name} cannot be deleted.")
        super().__delattr__(name)

    def __reduce__(self):
        values = {name: self._argument(name) for name in self._arguments}
        return _rebuild, (type(self), values)

    def __repr__(self) -> str:
        values = (f"{n}={self._argument(n)!r}" for n in self._arguments)
        return f"{type(self).__name__}({', '.join(values)})"


def _rebuild(cls, values):
    return cls(**values)
