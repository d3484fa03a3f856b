"""Checks the bits of SavedModels' signatures through the C API.

    c_api_signatures.py REQUEST

The request is JSON: the expected bits by path, and the steps. The program
prints the number of models that it ran.
"""

import json
import pathlib
import sys

import numpy as np
from c_api import SavedModel, StatusError


def check(path: str, steps: np.ndarray, rates: str) -> None:
    """Checks batches, single steps, and a signature that does not exist."""
    with SavedModel(path) as model:
        assert {"serving_default", "scalar"} <= set(model.signatures)
        got = model.run("serving_default", steps)
        assert got.shape == steps.shape
        assert got.tobytes().hex() == rates, (path, got)
        shuffled = model.run("serving_default", steps[::-1])
        if got.dtype == np.float64:  # vectorized kernels may differ by a bit
            assert np.allclose(shuffled[::-1], got, 1e-14, 0, equal_nan=True)
        else:
            assert shuffled[::-1].tobytes().hex() == rates
        assert model.run("serving_default", steps[:0]).shape == (0,)
        for step, rate in zip(steps, got, strict=True):
            one = model.run("scalar", step)
            assert one.shape == ()
            if one.dtype != np.float64:
                assert one.tobytes() == rate.tobytes(), (path, step)
            assert np.isclose(one, rate, 1e-14, 0) or one.dtype.kind == "u"
        try:
            model.run("nothing", steps)
        except KeyError:
            return
        raise AssertionError(f"{path} has a signature of another name")


def main() -> None:
    """Checks every model in the request, and one that does not exist."""
    want, steps = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for path, rates in want.items():
        check(path, np.array(steps), rates)
    try:
        SavedModel("/no/such/model")
    except StatusError:
        print(len(want))
    assert not {"tensorflow", "tf_schedules"} & set(sys.modules)


if __name__ == "__main__":
    main()
