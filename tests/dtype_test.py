"""Rates have the initial learning rate's dtype and the step's shape."""

import cases
import numpy as np
import pytest
import tensorflow as tf

from tf_schedules import CosineDecayRestarts, ExponentialDecay


def _kinds(dtype):
    as_numpy = tf.as_dtype(dtype).as_numpy_dtype
    return (
        as_numpy(0.5),
        np.array(0.5, as_numpy),
        tf.constant(0.5, dtype),
        tf.Variable(0.5, dtype=dtype),
    )


@cases.every_dtype
@pytest.mark.parametrize("cls", [ExponentialDecay, CosineDecayRestarts])
def test_numpy_tensors_and_variables_keep_their_dtype(cls, dtype):
    arguments = (10, 0.5) if cls is ExponentialDecay else (10,)
    for rate in _kinds(dtype):
        schedule = cls(rate, *arguments)
        for step in (3, 3.5, [1, 2], tf.constant(3)):
            assert schedule(step).dtype == dtype
        assert schedule.dtype == dtype
        assert tf.function(schedule)(tf.constant(3)).dtype == dtype
        assert float(schedule(0)) == 0.5


@pytest.mark.parametrize("rate", [1, 1.0, np.int64(1), np.array(1)])
def test_python_and_whole_numbers_mean_float32(rate):
    rates = ExponentialDecay(rate, 10, 0.9)([5])
    assert rates.dtype == tf.float32
    assert float(rates[0]) == np.float32(0.9**0.5)


@cases.every_class
def test_the_rate_has_the_shape_of_the_step(case):
    schedule = case.make()
    scalar = float(schedule(7))
    for shape in [(), (0,), (1,), (5,), (2, 3), (2, 0, 3)]:
        steps = tf.fill(shape, tf.constant(7, tf.int64))
        for way in (schedule, tf.function(schedule)):
            for step in (steps, tf.cast(steps, tf.float64)):
                rates = way(step)
                assert rates.shape == shape
                np.testing.assert_allclose(rates, scalar, rtol=2e-7)


@cases.every_class
def test_the_static_shape_is_known_in_a_graph(case):
    schedule = case.make()
    for shape in [(), (None,), (4,), (2, 3)]:
        spec = tf.TensorSpec(shape, tf.int64)
        function = tf.function(schedule).get_concrete_function(spec)
        assert function.output_shapes.as_list() == list(shape)


@cases.every_case_in_dtypes
def test_a_vector_of_steps_gives_the_rates_of_its_scalars(case, dtype):
    schedule = case.make(dtype)
    steps = case.steps[::5]
    together = schedule(steps).numpy()
    apart = np.array([schedule(s).numpy() for s in steps])
    if dtype == "float64":  # vectorized exp and sin may differ in the last bit
        np.testing.assert_array_max_ulp(together, apart, 4)
    else:
        assert together.tobytes() == apart.astype(together.dtype).tobytes()
