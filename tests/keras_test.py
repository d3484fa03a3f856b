"""Every tf.keras optimizer accepts schedules and applies their rates.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import json
import pathlib
import zipfile

import cases
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from tf_schedules import CosineDecayRestarts, ExponentialDecay

keras = tf.keras
_OTHERS = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
_OPTIMIZERS = [
    value
    for name, value in sorted(vars(keras.optimizers).items())
    if isinstance(value, type)
    and issubclass(value, keras.optimizers.Optimizer)
    and name not in _OTHERS
]


def _model():
    return keras.Sequential(
        [keras.layers.Input([3]), keras.layers.Dense(2)], name="model"
    )


def _data(count=32):
    inputs = np.random.default_rng(0).normal(size=(count, 3))
    return inputs.astype("float32"), inputs[:, :2].astype("float32")


def test_the_optimizers_of_keras_are_found():
    assert {"SGD", "Adam", "AdamW"} <= {c.__name__ for c in _OPTIMIZERS}


@pytest.mark.parametrize("optimizer", _OPTIMIZERS)
@pytest.mark.parametrize("compiled", [False, True])
def test_every_optimizer_trains_with_a_schedule(optimizer, compiled):
    schedule = CosineDecayRestarts(0.01, 3, 1.5)
    model = _model()
    model.compile(optimizer(schedule), "mse", jit_compile=compiled)
    before = model.get_weights()[0]
    model.fit(*_data(), batch_size=8, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 8
    assert np.all(np.isfinite(model.get_weights()[0]))
    assert np.any(model.get_weights()[0] != before)


@cases.every_class
@pytest.mark.parametrize("compiled", [False, True])
def test_the_optimizer_applies_the_rate_of_the_step(case, compiled):
    """With a gradient of 1, plain SGD subtracts the rate itself."""
    schedule = case.make()
    weight = tf.Variable(0.0, dtype=tf.float64)
    optimizer = keras.optimizers.SGD(schedule)
    optimizer.build([weight])

    @tf.function(jit_compile=compiled)
    def train():
        weight.assign(0.0)
        one = tf.constant(1.0, tf.float64)
        optimizer.apply_gradients([(one, weight)])

    for step in range(12):
        train()
        np.testing.assert_array_max_ulp(
            -np.float32(weight.numpy()), schedule(step).numpy(), 1
        )


@pytest.mark.parametrize("cls", [ExponentialDecay, CosineDecayRestarts])
def test_the_optimizer_reports_the_rate_of_the_step(cls):
    schedule = cls(0.5, 2, 2.0 if cls is CosineDecayRestarts else 0.5)
    weight = tf.Variable(1.0)
    optimizer = keras.optimizers.SGD(schedule)
    optimizer.build([weight])
    for step in range(5):
        optimizer.apply_gradients([(tf.constant(0.0), weight)])
        applied, following = float(schedule(step)), float(schedule(step + 1))
        assert float(optimizer.learning_rate) in (applied, following)


def test_keras_files_load_without_custom_objects(tmp_path):
    path = str(tmp_path / "model.keras")
    for case in list(cases.CASES.values())[::4]:
        model = _model()
        model.compile(keras.optimizers.Adam(case.make()), "mse")
        model.fit(*_data(), batch_size=8, verbose=0)
        model.save(path)
        loaded = keras.models.load_model(path)
        schedule = loaded.optimizer._learning_rate
        assert type(schedule).__name__ == case.schedule
        assert schedule.get_config() == case.make().get_config()
        assert int(loaded.optimizer.iterations) == 4


def test_the_keras_file_holds_plain_json(tmp_path):
    path = tmp_path / "model.keras"
    schedule = CosineDecayRestarts(
        tf.constant(0.1, tf.float64), tf.Variable(10), np.float32(2)
    )
    model = _model()
    model.compile(keras.optimizers.SGD(schedule), "mse")
    model.save(str(path))
    config = json.loads(zipfile.ZipFile(path).read("config.json"))
    optimizer = config["compile_config"]["optimizer"]["config"]
    assert optimizer["learning_rate"]["config"] == schedule.get_config()


def test_a_model_is_saved_as_a_saved_model(tmp_path):
    """A model exports to a SavedModel, if the flavour supports it."""
    model = _model()
    model.compile(keras.optimizers.SGD(ExponentialDecay(0.1, 10, 0.9)), "mse")
    model.fit(*_data(), batch_size=8, verbose=0)
    tf.saved_model.save(model, str(tmp_path / "model"))
    restored = tf.saved_model.load(str(tmp_path / "model"))
    assert restored.signatures["serving_default"]


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    return (images / 16).astype("float32"), labels


def _classifier():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.layers.Input([64]),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10),
        ]
    )


class _Rates(keras.callbacks.Callback):
    """The rate that the optimizer reports after every batch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


def test_training_continues_at_the_right_rate(digits, tmp_path):
    """Training on digits continues after a save and a load without a break."""
    images, labels = digits
    schedule = CosineDecayRestarts(0.1, 50, t_mul=1.5, m_mul=0.9)

    def train(model, epochs):
        rates = _Rates()
        model.fit(
            images,
            labels,
            batch_size=64,
            epochs=epochs,
            shuffle=False,
            verbose=0,
            callbacks=[rates],
        )
        return rates.seen

    model = _classifier()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.SGD(schedule, momentum=0.9),
        loss,
        metrics=["accuracy"],
    )
    rates = train(model, 3)
    path = str(tmp_path / "digits.keras")
    model.save(path)

    loaded = keras.models.load_model(path)
    assert isinstance(loaded.optimizer._learning_rate, CosineDecayRestarts)
    rates += train(loaded, 3)

    # Keras 3 reports the next rate, tf_keras the one just applied.
    first = 0 if rates[0] == schedule(0) else 1
    want = schedule(np.arange(first, first + len(rates)))
    assert len(rates) == 6 * -(-len(images) // 64)
    np.testing.assert_array_equal(rates, want)
    assert loaded.evaluate(images, labels, verbose=0)[1] > 0.95

    train(model, 3)  # the model that was never saved
    for one, other in zip(
        model.get_weights(), loaded.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_clones_of_an_optimizer_keep_the_schedule():
    schedule = ExponentialDecay(0.1, 10, 0.9)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.004)
    clone = keras.optimizers.AdamW.from_config(optimizer.get_config())
    assert clone._learning_rate.get_config() == schedule.get_config()
    serialized = keras.optimizers.serialize(optimizer)
    other = keras.optimizers.deserialize(json.loads(json.dumps(serialized)))
    assert isinstance(other._learning_rate, ExponentialDecay)


def test_rates_of_other_dtypes_train():
    for dtype in ("bfloat16", "float16", "float64"):
        schedule = CosineDecayRestarts(tf.constant(0.25, dtype), 10)
        model = _model()
        model.compile(keras.optimizers.SGD(schedule), "mse")
        model.fit(*_data(), batch_size=8, verbose=0)
        assert int(model.optimizer.iterations) == 4


def test_this_file_uses_only_tf_keras_to_reach_keras():
    text = pathlib.Path(__file__).read_text()
    for name in ("import keras", "import tf_keras"):
        assert text.count(name) == 1, f"use tf.keras, not {name}"
