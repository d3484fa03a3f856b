"""Checks the bits of SavedModels in a process that cannot import the package.

    restored_rates.py REQUEST

The request is JSON: the expected bits by path and kind; whole steps; real
steps; and the rows that are exact in float64. The program prints the number of
models that it ran.
"""

import json
import pathlib
import sys
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf


def checker(
    path: str, rates: dict[str, str], exact_rows: Sequence[str]
) -> Callable[[str, tf.Tensor], None]:
    """A function that compares a tensor with the expected bits of its kind."""
    is_exact = any(f"/{row}/" in path for row in exact_rows)

    def check(kind: str, tensor: tf.Tensor) -> None:
        got = tensor.numpy()
        want = np.frombuffer(bytes.fromhex(rates[kind]), got.dtype)
        if got.dtype == np.float64 and not (
            is_exact and kind in ("whole", "one")
        ):
            # TensorFlow may have multiplied constants in another order.
            np.testing.assert_allclose(got.reshape(-1), want, 1e-14)
        else:
            assert got.tobytes() == want.tobytes(), (path, kind, got, want)

    return check


def check_model(
    path: str,
    check: Callable[[str, tf.Tensor], None],
    steps: np.ndarray,
    fractions: list[float],
) -> None:
    """Checks signatures and calls, with every kind of step."""
    loaded = tf.saved_model.load(path)
    serve = loaded.signatures["serving_default"]
    assert list(serve.structured_outputs) == ["learning_rate"]
    check("whole", serve(step=tf.constant(steps))["learning_rate"])
    check("whole", loaded(tf.constant(steps)))
    check("real", loaded(tf.constant(fractions, tf.float64)))
    scalar = loaded.signatures["scalar"]
    one = int(steps[5])
    check("one", scalar(step=tf.constant(one, tf.int64))["learning_rate"])
    check("one", loaded(tf.constant(steps[5])))
    check("one_real", loaded(tf.constant(float(one), tf.float64)))
    check("one", loaded(tf.constant(one, tf.int32)))
    # A Python number becomes a constant, and TensorFlow then folds the graph in
    # another order: float64 may differ in the last bit.
    for number in (one, float(one)):
        rate, want = loaded(number), loaded(tf.constant(steps[5]))
        if rate.dtype == tf.float64:
            np.testing.assert_allclose(rate, want, 1e-14)
        else:
            check("one", rate)
    assert loaded(tf.constant([[7, 8], [9, 10]])).shape == (2, 2)
    empty = serve(step=tf.constant([], tf.int64))["learning_rate"]
    assert empty.shape == (0,)


def main() -> None:
    """Checks every model in the request."""
    sys.modules["tf_schedules"] = None  # makes any import of it fail
    request = json.loads(pathlib.Path(sys.argv[1]).read_text())
    want, steps, fractions, exact_rows = request
    for path, rates in want.items():
        check = checker(path, rates, exact_rows)
        check_model(path, check, np.array(steps), fractions)
    print(len(want))


if __name__ == "__main__":
    main()
