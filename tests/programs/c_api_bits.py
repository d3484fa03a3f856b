"""Compares the bits of `serving_default` through the C API.

    c_api_bits.py REQUEST

The request is JSON: the steps, and the expected bits by path. The program
prints the number of models that it ran.
"""

import json
import pathlib
import sys

import numpy as np
from c_api import SavedModel


def main() -> None:
    """Checks every model in the request."""
    request = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for path, (steps, rates) in request.items():
        with SavedModel(path) as model:
            got = model.run("serving_default", np.array(steps))
        assert got.tobytes().hex() == rates, path
    print(len(request))


if __name__ == "__main__":
    main()
