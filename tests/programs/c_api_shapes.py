"""Runs SavedModels on batches of many shapes, through the C API.

    c_api_shapes.py REQUEST

The request is JSON: the expected steps, rates and dtype by path, and the
allowed error as a fraction of the peak rate. The program prints the number of
models that it ran.
"""

import json
import pathlib
import sys

import numpy as np
from c_api import SavedModel


def check(
    path: str, steps: np.ndarray, rates: np.ndarray, limit: float
) -> None:
    """Checks batches of every size, a square, and a repeated request."""
    peak = rates.max()
    with SavedModel(path) as model:

        def ask(signature: str, steps: np.ndarray, rates: np.ndarray) -> None:
            got = model.run(signature, steps)
            assert got.dtype == rates.dtype
            assert got.shape == steps.shape
            if limit:
                assert np.all(np.abs(got - rates) <= limit * peak), (path, got)
            else:
                assert got.tobytes() == rates.tobytes(), (path, got, rates)

        ask("serving_default", steps, rates)
        ask("serving_default", steps[:0], rates[:0])
        for batch in (slice(1), slice(3), slice(None, None, -1)):
            ask("serving_default", steps[batch], rates[batch])
        ask("serving_default", steps.repeat(3), rates.repeat(3))
        for _ in range(2):  # the same request twice, the same answer
            for step, rate in zip(steps, rates, strict=True):
                ask("scalar", step, rate)
        # The C API checks no shapes: it answers a square with a square.
        square = np.resize(steps, [2, 3]), np.resize(rates, [2, 3])
        ask("serving_default", *square)


def main() -> None:
    """Checks every model in the request."""
    rows, limit = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for path, (steps, rates, dtype) in rows.items():
        check(path, np.array(steps), np.array(rates, dtype), limit)
    print(len(rows))


if __name__ == "__main__":
    main()
