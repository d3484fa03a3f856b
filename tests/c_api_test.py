"""TensorFlow's C API reads exports to the bit, without any Python of ours."""

import json
import os
import pathlib
import subprocess
import sys

import cases
import numpy as np

import tf_schedules

_STEPS = [0, 1, 299, 300, 630, 992, 993, 2**24 + 1, 2**31 + 5, 2**53 - 1]

_CONSUMER = """
import json, sys
import numpy as np
from c_api import SavedModel, StatusError
want, steps = json.load(open(sys.argv[1]))
steps = np.array(steps)
count = 0
for path, rates in want.items():
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
        for step, rate in zip(steps, got):
            one = model.run("scalar", step)
            assert one.shape == ()
            if one.dtype != np.float64:
                assert one.tobytes() == rate.tobytes(), (path, step)
            assert np.isclose(one, rate, 1e-14, 0) or one.dtype.kind == "u"
        try:
            model.run("nothing", steps)
        except KeyError:
            count += 1
try:
    SavedModel("/no/such/model")
except StatusError:
    print(count)
assert not {"tensorflow", "tf_schedules"} & set(sys.modules)
"""


def test_the_c_api_gives_the_same_bits(tmp_path):
    want = {}
    for name, case in cases.CASES.items():
        for dtype in ("float32", "float64", "bfloat16", "float16"):
            if dtype == "float32" or name in ("sgdr", "restarts-odd", "gpt-3"):
                schedule = case.make(dtype)
                path = tf_schedules.export(schedule, tmp_path / name / dtype)
                want[str(path)] = schedule(_STEPS).numpy().tobytes().hex()
    request = tmp_path / "request.json"
    request.write_text(json.dumps([want, _STEPS]))
    tests = str(pathlib.Path(__file__).parent)
    result = subprocess.run(
        [sys.executable, "-c", _CONSUMER, str(request)],
        env=os.environ | {"PYTHONPATH": tests},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert int(result.stdout) == len(want)
    assert np.frombuffer(bytes.fromhex(want[str(path)]))[0] > 0
