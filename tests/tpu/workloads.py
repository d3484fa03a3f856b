"""The programs for TPUs: the rows and a training step."""

import tensorflow as tf

import tf_schedules
from tf_schedules.catalogue import recipes

STEP = tf.TensorSpec([], tf.int64)
OPTIMIZERS = ("SGD", "AdamW")
BATCH = 4


def schedules(strategy, row: str) -> dict[str, tf_schedules.Schedule]:
    """A row of the catalogue, with numbers and with a strategy's variables."""
    import cases  # late, because it makes variables: devices must be set first

    schedule = recipes()[row].schedule
    with strategy.scope():
        live, _ = cases.Case.of(schedule).live()
    return {"numbers": schedule, "variables": live}


def training_step(strategy, optimizer: str):
    """One replica's step of a Keras optimizer, and the arguments' specs.

    The step returns its loss and the rate of the next step.
    """
    with strategy.scope():
        peak = tf.Variable(
            0.1,
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        schedule = tf_schedules.Warmup(
            tf_schedules.CosineDecayRestarts(peak, 7, 1.5), 5
        )
        model = tf.keras.Sequential(
            [tf.keras.layers.Input([8]), tf.keras.layers.Dense(2)]
        )
        made = getattr(tf.keras.optimizers, optimizer)(schedule)
        made.build(model.trainable_variables)

    def step(features, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(features) - labels))
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        made.apply_gradients(zip(gradients, variables, strict=True))
        return loss, tf.convert_to_tensor(made.learning_rate)

    return step, [tf.TensorSpec([BATCH, 8]), tf.TensorSpec([BATCH, 2])]
