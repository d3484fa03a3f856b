"""What tests need of the Keras that they run with."""

import pytest
import tensorflow as tf

needs_multi_optimizer = pytest.mark.skipif(
    not hasattr(tf.keras.optimizers, "MultiOptimizer"), reason="Keras has none"
)
