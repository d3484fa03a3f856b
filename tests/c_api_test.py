"""TensorFlow's C API gives an export's exact bits without our Python."""

import json

import cases
import numpy as np
import pytest
from processes import PROGRAMS, TESTS_ALONE, output_of

import tf_schedules
from tf_schedules.catalogue import recipes

_IN_ALL_DTYPES = {"gpt-3", "restarts-odd", "sgdr"}
_STEPS = [0, 1, 299, 300, 630, 992, 993, 2**24 + 1, 2**31 + 5, 2**53 - 1]


def _run(program, request):
    """The count from a process that imports neither TensorFlow nor us."""
    return int(output_of(PROGRAMS / program, request, **TESTS_ALONE))


@pytest.mark.parametrize("part", cases.in_two_parts)
def test_the_c_api_gives_the_same_bits(part, tmp_path):
    want = {}
    for name, case in part.items():
        for dtype in ("float32", "float64", "bfloat16", "float16"):
            if dtype == "float32" or name in _IN_ALL_DTYPES:
                schedule = case.make(dtype)
                path = tf_schedules.export(schedule, tmp_path / name / dtype)
                want[str(path)] = schedule(_STEPS).numpy().tobytes().hex()
    request = tmp_path / "request.json"
    request.write_text(json.dumps([want, _STEPS]))
    assert _run("c_api_signatures.py", request) == len(want)
    assert np.frombuffer(bytes.fromhex(want[str(path)]))[0] > 0


def _served_rates(tmp_path, precision, part):
    rows = {}
    for name in sorted(recipes().keys() & part):
        case = part[name]
        near = [b + d for b in case.boundaries[:9] for d in (-1, 0, 1)]
        far = [2**24 + 1, 2**31 + 5, 2**53 - 1]
        steps = sorted({0, *(s for s in near if s >= 0), *far})
        schedule = recipes()[name].schedule
        path = tf_schedules.export(
            schedule, tmp_path / name, precision=precision
        )
        if precision == "float32":
            steps = [step for step in steps if step <= 2**31]
        rates = schedule(steps).numpy()
        rows[str(path)] = [steps, rates.tolist(), rates.dtype.name]
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("part", cases.in_two_parts)
@pytest.mark.parametrize(
    ("precision", "limit"), [("float64", 0), ("float32", 1e-6)]
)
def test_the_c_api_serves_every_row_shape_and_boundary(
    precision, limit, part, tmp_path
):
    rows = _served_rates(tmp_path, precision, part)
    request = tmp_path / "request.json"
    request.write_text(json.dumps([rows, limit]))
    assert _run("c_api_shapes.py", request) == len(rows)
