"""Prints digests of the goldens' bits in this environment's TensorFlow.

    PYTHON tests/programs/golden_bits.py > bits

Run it with the Python of two environments; `diff` tells whether their versions
of TensorFlow give the same bits. It needs only TensorFlow.
"""

import hashlib
import pathlib
import sys

import numpy as np
import tensorflow as tf

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "saved_models"
STEPS = sorted(
    {k * 10**p + d for p in range(10) for k in range(1, 10) for d in (-1, 0, 1)}
    | {2**p + d for p in range(1, 53) for d in (-1, 0, 1)}
)


def bits(path: pathlib.Path) -> str:
    """A digest of the rates of every signature and call of a golden."""
    restored = tf.saved_model.load(str(path))
    serve, scalar = map(restored.signatures.get, ("serving_default", "scalar"))
    steps = tf.constant(STEPS, tf.int64)
    ones = [scalar(step=steps[i])["learning_rate"] for i in range(0, 99, 7)]
    fractions = restored(tf.constant(STEPS, tf.float64) / 3)
    rates = [serve(step=steps)["learning_rate"], *ones, fractions]
    data = b"".join(np.asarray(rate).tobytes() for rate in rates)
    return hashlib.sha256(data).hexdigest()


def main():
    """Prints a line per golden, and TensorFlow's version to stderr."""
    print("TensorFlow", tf.__version__, file=sys.stderr)
    for proto in sorted(GOLDENS.glob("*/*/saved_model.pb")):
        name = proto.parent.relative_to(GOLDENS).as_posix()
        print(name, bits(proto.parent), flush=True)


if __name__ == "__main__":
    main()
