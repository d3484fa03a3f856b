"""The classes of TensorFlow and Keras that a schedule is made of.

They are not typed. A type checker that knew so would let every argument and
every attribute of a schedule pass, so it is told what they have.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tf_schedules.core import flavour

if TYPE_CHECKING:

    class Module:
        """`tf.Module`."""

        _name: str
        name_scope: Any
        non_trainable_variables: Sequence[tf.Variable]
        submodules: Sequence[tf.Module]
        trainable_variables: Sequence[tf.Variable]
        variables: Sequence[tf.Variable]

        def __init__(self, name: str | None = None) -> None: ...

        def _trackable_children(
            self, save_type: str = ..., **kwargs: Any
        ) -> dict[str, Any]: ...

    class KerasSchedule:
        """`tf.keras.optimizers.schedules.LearningRateSchedule`."""

else:
    Module = tf.Module
    KerasSchedule = flavour.keras_schedule_class()
