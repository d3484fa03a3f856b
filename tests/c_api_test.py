"""TensorFlow's C API reads exports to the bit, without any Python of ours."""

import json

import cases
import numpy as np
import pytest
from processes import TESTS_ALONE, output_of

import tf_schedules
from tf_schedules.catalogue import CATALOGUE

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


def _run(code, request):
    """What a process that has neither TensorFlow nor us counts."""
    return int(output_of(code, request, **TESTS_ALONE))


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
    assert _run(_CONSUMER, request) == len(want)
    assert np.frombuffer(bytes.fromhex(want[str(path)]))[0] > 0


_SHAPES = """
import json, sys
import numpy as np
from c_api import SavedModel
(rows, limit), count = json.load(open(sys.argv[1])), 0
for path, (steps, rates, dtype) in rows.items():
    steps, rates = np.array(steps), np.array(rates, dtype)
    peak = rates.max()
    with SavedModel(path) as model:
        def check(signature, steps, rates):
            got = model.run(signature, steps)
            assert got.dtype == rates.dtype and got.shape == steps.shape
            if limit:
                assert np.all(np.abs(got - rates) <= limit * peak), (path, got)
            else:
                assert got.tobytes() == rates.tobytes(), (path, got, rates)
        check("serving_default", steps, rates)
        check("serving_default", steps[:0], rates[:0])
        for batch in (slice(1), slice(3), slice(None, None, -1)):
            check("serving_default", steps[batch], rates[batch])
        check("serving_default", steps.repeat(3), rates.repeat(3))
        for _ in range(2):  # the same request twice, the same answer
            for step, rate in zip(steps, rates):
                check("scalar", step, rate)
        # It checks no shapes: a square is answered as one.
        square = np.resize(steps, [2, 3]), np.resize(rates, [2, 3])
        check("serving_default", *square)
        count += 1
print(count)
"""


def _served_rates(tmp_path, precision):
    rows = {}
    for name in CATALOGUE:
        case = cases.CASES[name]
        near = [b + d for b in case.boundaries[:9] for d in (-1, 0, 1)]
        far = [2**24 + 1, 2**31 + 5, 2**53 - 1]
        steps = sorted({0, *(s for s in near if s >= 0), *far})
        schedule = CATALOGUE[name].schedule
        path = tf_schedules.export(
            schedule, tmp_path / name, precision=precision
        )
        if precision == "float32":
            steps = [step for step in steps if step <= 2**31]
        rates = schedule(steps).numpy()
        rows[str(path)] = [steps, rates.tolist(), rates.dtype.name]
    return rows


@pytest.mark.parametrize(
    ("precision", "limit"), [("float64", 0), ("float32", 1e-6)]
)
def test_every_row_shape_and_boundary(precision, limit, tmp_path):
    rows = _served_rates(tmp_path, precision)
    request = tmp_path / "request.json"
    request.write_text(json.dumps([rows, limit]))
    assert _run(_SHAPES, request) == len(rows)
