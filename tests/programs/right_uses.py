"""Right uses of the public names, which a type checker must accept."""

import numpy as np
import tensorflow as tf

import tf_schedules as tfs

rate = tf.Variable(0.1)
plain = tfs.CosineDecay(0.1, 1000)
full = tfs.CosineDecay(
    0.0, 1000, alpha=0.1, name="warm", warmup_target=0.1, warmup_steps=10
)
restarts = tfs.CosineDecayRestarts(rate, 1000, t_mul=1.1, m_mul=np.float64(0.9))
stairs = tfs.ExponentialDecay(0.1, tf.constant(100), 0.9, staircase=True)
steps = tfs.PiecewiseConstantDecay([10, 20.5], [0.1, 0.01, rate])
vectors = tfs.PiecewiseConstantDecay(np.array([10]), tf.Variable([0.1, 0.01]))
curve = tfs.PiecewiseInterpolation([0, 10], [0.0, 0.1], "cosine")
power = tfs.PiecewiseInterpolation([0, 10], [0.0, 0.1], shape=0.5)
nested = tfs.Sequence([tfs.Warmup(plain, 10), 0.001, stairs], [50, 1000])
product = 2.0 * nested * tfs.Clamped(plain, maximum=0.1)
summed: tfs.Schedule = 1 - plain + nested
scaled: tfs.Schedule = 2.0 * plain / 3
raised: tfs.Schedule = (-plain) ** 2
of_variable: tfs.Schedule = plain * rate
of_numpy: tfs.Schedule = plain + np.float32(0.1)
lowest = tfs.Minimum([plain, 0.01, lambda step: 0.1])
function = tfs.Warmup(lambda step: 0.1, 10, 1e-3, "geometric")
typed = tfs.FromFunction(lambda step: 0.1, tf.float64)
live = tfs.Adjustable(plain, capacity=4, edits=[(10, 0.5)])
learned = tfs.ExponentialDecay(tfs.positive(0.1), 10, tfs.unit_interval(0.5))

of_number: tf.Tensor = plain(0)
of_many = plain([1, 2.5])
of_array = plain(np.arange(3))
config: dict[str, object] = plain.get_config()
again = tfs.CosineDecay.from_config(plain.get_config())
own_name: str | None = plain.name
variables = [*plain.variables, *learned.trainable_variables]
