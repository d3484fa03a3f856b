"""Everything that works with `tf.keras` during training.

Callbacks, the range test, rates by layer, the adapter to the other Keras, and
variables in weights files.
"""

from tf_schedules.keras.adapter import adapter
from tf_schedules.keras.finder import find_learning_rate
from tf_schedules.keras.follower import ScheduleHyperparameter
from tf_schedules.keras.layer_wise import layer_wise
from tf_schedules.keras.logger import LearningRateLogger
from tf_schedules.keras.plateau import ReduceOnPlateau
from tf_schedules.keras.weights import ScheduleWeights

__all__ = [
    "LearningRateLogger",
    "ReduceOnPlateau",
    "ScheduleHyperparameter",
    "ScheduleWeights",
    "adapter",
    "find_learning_rate",
    "layer_wise",
]
