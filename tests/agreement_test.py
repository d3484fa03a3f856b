"""Eager, graph and XLA give the same number."""

import cases
import numpy as np
import pytest
import tensorflow as tf

_ULPS = {"float32": 1, "float64": 8}
_every_dtype = pytest.mark.parametrize(
    "dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)]
)


@cases.every_class
@_every_dtype
def test_eager_graph_and_xla_give_the_same_rates(case, dtype):
    schedule, steps = case.make(dtype), tf.constant(case.steps)
    eager = schedule(steps).numpy()
    spec = [tf.TensorSpec([None], tf.int64)]
    ways = {
        "graph": tf.function(lambda s: schedule(s), spec),
        "XLA": tf.function(lambda s: schedule(s), spec, jit_compile=True),
        "scalars": tf.function(lambda s: tf.map_fn(schedule, s, dtype), spec),
    }
    tiny = np.finfo(dtype).tiny
    for way, function in ways.items():
        rates = function(steps).numpy()
        normal = (np.abs(eager) >= tiny) & np.isfinite(eager)
        assert np.all(np.abs(rates[np.abs(eager) < tiny]) <= tiny), way
        np.testing.assert_array_max_ulp(
            rates[normal], eager[normal], _ULPS[dtype], dtype
        )


@cases.every_class
@_every_dtype
def test_xla_of_one_step_gives_the_eager_rate(case, dtype):
    schedule = case.make(dtype)
    compiled = tf.function(lambda s: schedule(s), jit_compile=True)
    for step in case.steps[::20]:
        step = tf.constant(step)
        if abs(float(schedule(step))) >= np.finfo(dtype).tiny:
            np.testing.assert_array_max_ulp(
                compiled(step), schedule(step), _ULPS[dtype]
            )
