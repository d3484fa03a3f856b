"""The state of `ReduceOnPlateau`, as variables that can be saved."""

import tensorflow as tf

from tf_schedules.core import values


class _RestoreMark(tf.train.experimental.PythonState):
    """Records that a checkpoint was restored; saves no data itself."""

    def __init__(self) -> None:
        self.is_set = False

    def serialize(self) -> str:
        """Returns empty text; its presence in the checkpoint is enough."""
        return ""

    def deserialize(self, string_value: str) -> None:
        """Sets the mark; TensorFlow calls this when it restores."""
        self.is_set = True


class PlateauState(tf.Module):
    """The best value and the counts, as variables for a checkpoint.

    Args:
      best: the initial best value, worse than any other.
    """

    def __init__(self, best: float = float("inf")) -> None:
        super().__init__(name="plateau")

        def variable(value: float, dtype: tf.DType, name: str) -> tf.Variable:
            return tf.Variable(value, trainable=False, dtype=dtype, name=name)

        self._worst = best
        self.best = variable(best, tf.float64, "best")
        self.wait = variable(0, tf.int64, "wait")
        self.cooldown = variable(0, tf.int64, "cooldown")
        # The optimizers' total steps when the other values were current.
        self.step = variable(0, tf.int64, "step")
        self._mark = _RestoreMark()

    def values(self) -> list[float]:
        """The values of the variables, for `assign`."""
        return [values.plain(variable) for variable in self.variables]

    def assign(self, numbers: list[float]) -> None:
        """Assigns numbers that `values` returned."""
        for variable, value in zip(self.variables, numbers, strict=True):
            variable.assign(value)

    def reset(self) -> None:
        """Returns to the initial state."""
        self.best.assign(self._worst)
        for count in (self.wait, self.cooldown, self.step):
            count.assign(0)

    def mark_restored(self) -> None:
        """Sets the mark for code that restores the variables directly."""
        self._mark.is_set = True

    def take_mark(self) -> bool:
        """Whether the state was restored; clears the mark."""
        was_restored, self._mark.is_set = self._mark.is_set, False
        return was_restored
