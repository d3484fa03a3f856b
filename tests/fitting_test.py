"""Rates in `fit` under Keras's optimizer features, such as loss scaling.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf
import traces
from applied_rates import Counting, fit, model_and_data

import tf_schedules as tfs

keras = tf.keras
_IS_LEGACY = "tf_keras" in keras.Model.__module__


@pytest.mark.skipif(_IS_LEGACY, reason="tf_keras does not accumulate gradients")
def test_the_rate_follows_updates_with_accumulated_gradients():
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    optimizer = keras.optimizers.SGD(
        tfs.TimeScaled(schedule, 3, staircase=True),
        gradient_accumulation_steps=3,
    )
    model, data = model_and_data(optimizer, steps=12)
    rates, history = fit(model, data, tfs.LearningRateLogger())
    np.testing.assert_allclose(
        rates, [0, 0, 1, 0, 0, 0.5, 0, 0, 0.25, 0, 0, 0.125]
    )
    assert history["learning_rate"] == [0.125]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("executions", [1, 2])
def test_assigning_while_fit_runs_takes_effect_without_retracing(
    compiled, executions
):
    """There is no new trace, however Keras runs its steps."""
    rate = tf.Variable(1.0)
    schedule = tfs.ExponentialDecay(rate, 1, 0.5)
    with traces.of(schedule) as traced:
        model, data = model_and_data(
            keras.optimizers.SGD(schedule),
            jit_compile=compiled,
            steps_per_execution=executions,
        )
        fit(model, data)
        before = len(traced)
        rate.assign(64.0)
        start = float(model.get_weights()[0])
        fit(model, data)
        assert len(traced) == before > 0
    moved = start - float(model.get_weights()[0])
    assert moved == sum(64.0 * 0.5**k for k in range(4, 8))


def test_loss_scaling_and_averaging_apply_the_rates():
    schedule = tfs.ExponentialDecay(tf.Variable(1.0), 1, 0.5)
    scaled = keras.optimizers.SGD(schedule)
    if _IS_LEGACY:
        scaled = keras.mixed_precision.LossScaleOptimizer(
            scaled, dynamic=False, initial_scale=8.0
        )
    else:
        scaled = keras.optimizers.LossScaleOptimizer(scaled, initial_scale=8.0)
    model, data = model_and_data(scaled)
    rates, history = fit(model, data, tfs.LearningRateLogger())
    np.testing.assert_allclose(rates, [1, 0.5, 0.25, 0.125])
    assert history["learning_rate"] == [0.125]

    averaged = keras.optimizers.SGD(schedule, use_ema=True, ema_momentum=0.5)
    model, data = model_and_data(averaged)
    rates, _ = fit(model, data)  # the same schedule, from step 0
    np.testing.assert_allclose(rates[:3], [1, 0.5, 0.25])


def test_a_loaded_model_continues_with_a_new_schedule(tmp_path):
    """The old schedule runs until step 4, then the new one from its start."""
    old = tfs.ExponentialDecay(1.0, 1, 0.5)
    model, data = model_and_data(keras.optimizers.SGD(old, momentum=0.5))
    fit(model, data)
    path = str(tmp_path / "model.keras")
    model.compile(model.optimizer, "mse")
    model.save(path)

    objects = {"Counting": Counting}
    loaded = keras.models.load_model(path, custom_objects=objects)
    step = int(loaded.optimizer.iterations)
    assert step == 4
    # The new one starts at the old one's rate.
    new = tfs.CosineDecay(1.0, 8) * float(old(step))
    config = loaded.optimizer.get_config()
    config["learning_rate"] = keras.optimizers.schedules.serialize(
        tfs.Sequence([old, new], [step])
    )
    optimizer = type(loaded.optimizer).from_config(config)
    optimizer.build(loaded.trainable_variables)
    state = loaded.optimizer.variables
    for variable, value in zip(optimizer.variables, state, strict=True):
        variable.assign(value)
    loaded.compile(optimizer, "mse")

    applied = optimizer._learning_rate
    assert int(optimizer.iterations) == 4
    assert float(applied(3)) == float(old(3))
    assert float(applied(4)) == float(old(4))
    assert float(applied(8)) == pytest.approx(0.5**5)
    momentum = [float(tf.reduce_sum(v)) for v in optimizer.variables[1:]]
    assert any(momentum)
