"""The common base of this package's callbacks."""

from collections.abc import Mapping
from typing import Any, ClassVar

import tensorflow as tf

from tf_schedules.keras.optimizers import named_optimizers, optimizers_of


class NotCopied:
    """Holds a part of a model, which copies share and pickles cannot hold."""

    def __init__(self, value: Any, argument: str) -> None:
        self.value = value
        self._argument = argument

    def __deepcopy__(self, memo: dict[int, Any]) -> "NotCopied":
        return NotCopied(memo.get(id(self.value), self.value), self._argument)

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{self._argument} must be found by name in another process; got "
            f"{type(self.value).__name__}, which belongs to this one. Make "
            "the callback where you make the model, or pass only names."
        )


class OptimizerCallback(tf.keras.callbacks.Callback):
    """A callback that uses the optimizers of a model.

    Args:
      optimizers: a dict from names to optimizers; None for all that are
        attributes of the model.
    """

    # Attributes that last for one `fit`; copies get these initial values.
    _of_one_fit: ClassVar[Mapping[str, Any]] = {"model": None, "_model": None}

    def __init__(self, optimizers: dict[str, Any] | None) -> None:
        super().__init__()
        self._named = None
        if optimizers is not None:
            self._named = NotCopied(named_optimizers(optimizers), "optimizers")

    def optimizers(self) -> dict[str, Any]:
        """The optimizers by name.

        Raises:
          ValueError: if the model has none.
        """
        if self._named is not None:
            return dict(self._named.value)
        found = optimizers_of(self.model)
        if not found:
            raise ValueError(
                "optimizers must be given for a model that has none as an "
                f"attribute; got None for {type(self.model).__name__}. Pass, "
                'for example, optimizers={"generator": generator_optimizer}.'
            )
        return found

    def __getstate__(self) -> dict[str, Any]:
        of_one_fit = self._of_one_fit
        return {n: of_one_fit.get(n, value) for n, value in vars(self).items()}
