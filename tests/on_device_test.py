"""Training steps converted for a device apply the rates of a schedule."""

import cases
import numpy as np
import pages
import pytest
import tensorflow as tf

# One case per class: the one with the most operations.
_ONE_OF_EACH = {case.schedule: name for name, case in cases.CASES.items()} | {
    "CosineDecayRestarts": "restarts-odd",
    "CyclicalLearningRate": "cyclical-falling",
    "ExponentialDecay": "exponential-slow",
    "InverseTimeDecay": "inverse-time-staircase",
    "PiecewiseInterpolation": "interpolation-cosine",
    "PolynomialDecay": "polynomial-cycle",
    "Sequence": "sequence-nested",
    "WarmupStableDecay": "minicpm",
}
# Those that differ most in their operations.
_FEW = {
    *("Adjustable", "CosineDecayRestarts", "ExponentialDecay", "FromFunction"),
    *("PiecewiseInterpolation", "Raised", "Sequence", "TimeScaled"),
}


def _converted(schedule, dtype: tf.DType) -> bytes:
    """A training step that multiplies a gradient by the rate, for LiteRT."""
    module = tf.Module()
    module.schedule = schedule
    module.train = tf.function(
        lambda step, gradient: {"change": schedule(step) * gradient},
        input_signature=[
            tf.TensorSpec([], dtype, name="step"),
            tf.TensorSpec([2], tf.float32, name="gradient"),
        ],
    )
    function = module.train.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function], module
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter.convert()


@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param(name, marks=[] if name in _FEW else pytest.mark.slow)
        for name in _ONE_OF_EACH
    ],
)
def test_a_converted_training_step_applies_the_rates(schedule):
    case = cases.CASES[_ONE_OF_EACH[schedule]]
    dtype = tf.int32 if len(schedule) % 2 else tf.int64
    last = dtype.max if dtype == tf.int32 else 2**31
    steps = case.steps[(case.steps <= last)][::7]
    want = case.make("float64")(steps).numpy()
    model = _converted(case.make().with_precision("float32"), dtype)
    interpreter = tf.lite.Interpreter(model_content=model)
    train = interpreter.get_signature_runner()
    gradient = np.array([1.0, -0.5], np.float32)
    got = [
        train(step=step, gradient=gradient)["change"]
        for step in steps.astype(dtype.as_numpy_dtype)
    ]
    limit = 1e-6 * np.abs(want).max()
    np.testing.assert_allclose(got, np.outer(want, gradient), 0, limit)


@pytest.mark.parametrize("schedule", ["ExponentialDecay", "Warmup"])
def test_a_training_step_in_float64_cannot_be_converted(schedule):
    with pytest.raises(Exception, match="neither a custom op nor a flex op"):
        _converted(cases.CASES[_ONE_OF_EACH[schedule]].make(), tf.int64)


def test_the_blocks_of_the_page_train_on_a_device(tmp_path):
    names = pages.run("docs/device.md", tmp_path)
    assert names["weights"] == pytest.approx([0.9, 0.85], rel=1e-6)
