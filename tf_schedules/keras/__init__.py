"""What meets `tf.keras` while it trains.

Callbacks, the adapter to the other Keras, variables in weights files.
"""

from tf_schedules.keras.adapter import adapter
from tf_schedules.keras.follower import ScheduleHyperparameter
from tf_schedules.keras.logger import LearningRateLogger
from tf_schedules.keras.plateau import ReduceOnPlateau
from tf_schedules.keras.weights import ScheduleWeights

__all__ = [
    "LearningRateLogger",
    "ReduceOnPlateau",
    "ScheduleHyperparameter",
    "ScheduleWeights",
    "adapter",
]
