"""What `ReduceOnPlateau` knows, as variables that can be saved."""

import tensorflow as tf

from tf_schedules.core import values


class _RestoreMark(tf.train.experimental.PythonState):
    """Notices that a checkpoint is restored; holds nothing itself."""

    def __init__(self) -> None:
        self.is_set = False

    def serialize(self) -> str:
        """Nothing: that there is something to restore is enough."""
        return ""

    def deserialize(self, string_value: str) -> None:
        """Called when a checkpoint is restored."""
        self.is_set = True


class PlateauState(tf.Module):
    """What a plateau is told by, as variables for a checkpoint.

    Args:
      best: the value to begin with, which any other improves.
    """

    def __init__(self, best: float = float("inf")) -> None:
        super().__init__(name="plateau")

        def variable(value: float, dtype: tf.DType, name: str) -> tf.Variable:
            return tf.Variable(value, trainable=False, dtype=dtype, name=name)

        self._worst = best
        self.best = variable(best, tf.float64, "best")
        self.wait = variable(0, tf.int64, "wait")
        self.cooldown = variable(0, tf.int64, "cooldown")
        # The steps that the optimizers had taken when the rest was counted.
        self.step = variable(0, tf.int64, "step")
        self._mark = _RestoreMark()

    def values(self) -> list[float]:
        """The values of the variables, for `assign`."""
        return [values.plain(variable) for variable in self.variables]

    def assign(self, numbers: list[float]) -> None:
        """Takes what `values` gave."""
        for variable, value in zip(self.variables, numbers, strict=True):
            variable.assign(value)

    def reset(self) -> None:
        """As if nothing had been counted."""
        self.best.assign(self._worst)
        for count in (self.wait, self.cooldown, self.step):
            count.assign(0)

    def mark_restored(self) -> None:
        """For what restores the variables by itself."""
        self._mark.is_set = True

    def take_mark(self) -> bool:
        """Whether it was restored since this was asked the last time."""
        was_restored, self._mark.is_set = self._mark.is_set, False
        return was_restored
