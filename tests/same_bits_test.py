"""float64 rates have the same bits in every path of TensorFlow."""

import json

import cases
import numpy as np
import pytest
import tensorflow as tf
from processes import PROGRAMS, TESTS_ALONE, output_of

import tf_schedules
from tf_schedules.catalogue import recipes

# Features that no row has: floors and growth, halves, products, three phases.
_MORE = (
    *("restarts-odd", "restarts-halves-odd", "restarts-few", "restarts-equal"),
    *("cyclical-falling", "cyclical-exponential", "one-cycle-three"),
    *("product", "clamped", "sequence-nested", "warmup-power", "time-scaled"),
    *("polynomial-cycle", "wsd-exponential", "cosine-warmup", "repeated"),
)


def _one_by_one(function, steps):
    return np.array([function(tf.constant(step)).numpy() for step in steps])


def _check(case, tmp_path):
    schedule, steps = case.make("float64"), case.steps
    want = schedule(steps).numpy()
    assert want.dtype == np.float64
    path = tf_schedules.export(schedule, tmp_path)
    restored = tf.saved_model.load(str(path))
    serve = restored.signatures["serving_default"]
    vectors = tf.function(schedule, [tf.TensorSpec([None], tf.int64)])
    for way, rates in {
        "restored": restored(tf.constant(steps)),
        "served": serve(step=tf.constant(steps))["learning_rate"],
        "in a graph": vectors(tf.constant(steps)),
        "loaded": tf_schedules.load(path)(steps),
        "again": serve(step=tf.constant(steps))["learning_rate"],
    }.items():
        assert rates.numpy().tobytes() == want.tobytes(), way
    # The middle of a vector runs other kernels than a scalar.
    few = steps[::12]
    want_ones = _one_by_one(schedule, few)
    scalar = restored.signatures["scalar"]
    scalars = tf.function(schedule, [tf.TensorSpec([], tf.int64)])
    for way, rates in {
        "restored": _one_by_one(restored, few),
        "served": _one_by_one(lambda s: scalar(step=s)["learning_rate"], few),
        "in a graph": _one_by_one(scalars, few),
    }.items():
        assert rates.tobytes() == want_ones.tobytes(), f"{way}, one by one"
    for step, rate in zip(few[::5], want_ones[::5], strict=True):
        # TensorFlow folds this into constants before any optimization.
        assert restored(int(step)).numpy() == rate, step
    return str(path), [steps.tolist(), want.tobytes().hex()]


@pytest.mark.parametrize("part", cases.in_two_parts)
def test_every_path_except_xla_gives_the_same_bits(part, tmp_path):
    rates = {}
    for name in sorted(part.keys() & {*recipes(), *_MORE}):
        path, want = _check(part[name], tmp_path / name)
        rates[path] = want
    request = tmp_path / "request.json"
    request.write_text(json.dumps(rates))
    program = PROGRAMS / "c_api_bits.py"
    assert int(output_of(program, request, **TESTS_ALONE)) == len(rates)
