"""Prints the rates of a SavedModel, using only TensorFlow.

    learned_rates.py PATH STEPS

The steps are JSON.
"""

import json
import sys

import tensorflow as tf


def main() -> None:
    """Prints the signature's rates; the model has two schedules."""
    path, steps = sys.argv[1:]
    restored = tf.saved_model.load(path)
    serve = restored.signatures["serving_default"]
    rates = serve(tf.constant(json.loads(steps), tf.int64))["learning_rate"]
    print(rates.numpy().tolist())
    assert len(restored.schedules) == 2
    assert not {"tf_schedules", "tensorflow_probability"} & set(sys.modules)


if __name__ == "__main__":
    main()
