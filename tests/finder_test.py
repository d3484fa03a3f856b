"""The range test applies its rates, and leaves the model as it was.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import contextlib
import random
import warnings

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import Counting, model_and_data

import tf_schedules as tfs
from tf_schedules.keras.ramp import Ramp

keras = tf.keras
_KERAS_3 = hasattr(keras, "Variable")
_X = np.random.default_rng(0).normal(size=[48, 4]).astype("float32")
_DATA = {"x": _X, "y": 2 * _X[:, :1] - _X[:, 1:2], "batch_size": 8}
_TRIAL = {"steps": 20, "start": 1e-6, "end": 1e-1, "verbose": 0}
_LOSS_SCALE = keras.mixed_precision.LossScaleOptimizer


class _Stateful(keras.layers.Layer):
    """Counts its batches, and draws from a generator of its own."""

    def build(self, shape):
        self.count = tf.Variable(0.0, trainable=False)
        self.generator = tf.random.Generator.from_seed(1)

    def call(self, inputs):
        self.count.assign_add(1.0)
        return inputs + 0.1 * self.generator.normal([4])


def _model(optimizer, is_built=True, **options):
    keras.utils.set_random_seed(0)
    layers = [
        _Stateful(),
        keras.layers.Dense(8, "relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.GaussianNoise(0.1),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input([4])][: int(is_built)] + layers)
    options = {"jit_compile": False} | options  # XLA takes long to compile
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def _find(model, **changes):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No rate is suggested")
        return tfs.find_learning_rate(model, **_DATA | _TRIAL | changes)


def _listed(optimizer):
    variables = optimizer.variables
    return variables() if callable(variables) else variables


def _values(model):
    """Every number that training changes."""
    layer = next(x for x in model.layers if isinstance(x, _Stateful))
    found = [*model.weights, layer.count, layer.generator.state]
    found += model.variables
    found += [v for v in vars(model).values() if isinstance(v, tf.Variable)]
    found += [v for metric in model.metrics for v in metric.variables]
    return [v.numpy() for v in [*found, *_listed(model.optimizer)]]


def _assert_same(got, want):
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_array_equal(one, other)


_OPTIMIZERS = {
    "number": lambda: keras.optimizers.Adam(0.01),
    "schedule": lambda: keras.optimizers.SGD(
        tfs.CosineDecay(0.1, 100), momentum=0.9
    ),
    "scaled": lambda: _LOSS_SCALE(keras.optimizers.Adam(0.01)),
}
if _KERAS_3:  # tf_keras accumulates no gradients
    _OPTIMIZERS["accumulated"] = lambda: _LOSS_SCALE(
        keras.optimizers.Adam(0.01, gradient_accumulation_steps=3)
    )
else:
    _OPTIMIZERS["legacy"] = lambda: keras.optimizers.legacy.Adam(0.01)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {}) for kind in _OPTIMIZERS),
        ("schedule", {"is_built": False}),
        ("number", {"run_eagerly": True}),
        pytest.param("scaled", {"is_built": False}, marks=pytest.mark.slow),
    ],
)
def test_fit_gives_the_same_bits_as_without_the_test(kind, options):
    """Data are shuffled, and layers draw random numbers."""
    models = [_model(_OPTIMIZERS[kind](), **options) for _ in range(2)]
    for i, model in enumerate(models):
        keras.utils.set_random_seed(1)
        if i:
            found = _find(model)
            assert len(found.losses) == 20
            assert len(set(found.losses)) > 10
        model.fit(**_DATA, verbose=0)
        model.fit(**_DATA, verbose=0)
    _assert_same(_values(models[1]), _values(models[0]))


@pytest.mark.skipif(_KERAS_3, reason="has no legacy optimizers")
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_rate_of_a_legacy_optimizer_can_still_be_changed(wrapped):
    optimizer = keras.optimizers.legacy.SGD(0.01)
    model = _model(_LOSS_SCALE(optimizer) if wrapped else optimizer)
    _find(model)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    model.fit(**_DATA, verbose=0)
    keras.backend.set_value(optimizer.learning_rate, 0.0)
    weights = model.layers[1].get_weights()
    model.fit(**_DATA, verbose=0)
    _assert_same(model.layers[1].get_weights(), weights)


@pytest.fixture(scope="module")
def trained():
    """A model in the middle of its training, and its schedule."""
    schedule = tfs.CosineDecay(0.01, 100)
    optimizer = keras.optimizers.Adam(schedule)
    model = _model(optimizer, steps_per_execution=3)
    model.fit(**_DATA, verbose=0)
    return model


def _rate(model):
    return model.optimizer._learning_rate


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_everything_is_put_back_at_any_end(trained, error, monkeypatch):
    note = Ramp._note

    def fail(ramp, loss, rate):
        note(ramp, loss, rate)
        if error and len(ramp.losses) == 7:
            raise error

    monkeypatch.setattr(Ramp, "_note", fail)
    trained.stop_training = "as it was"
    values, attributes = _values(trained), dict(vars(trained))
    results = [float(v) for m in trained.metrics for v in m.variables]
    of_optimizer = dict(vars(trained.optimizer))
    with pytest.raises(error) if error else contextlib.nullcontext():
        _find(trained)
    _assert_same(_values(trained), values)
    assert [float(v) for m in trained.metrics for v in m.variables] == results
    for now, before in (
        (vars(trained), attributes),
        (vars(trained.optimizer), of_optimizer),
    ):
        # TensorFlow's own, for checkpoints.
        assert now.keys() - before.keys() <= {"_coalesced_children"}
        for name, value in before.items():
            assert now[name] is value, name
    assert isinstance(_rate(trained), tfs.CosineDecay)


@pytest.mark.slow
def test_everything_is_put_back_with_xla():
    """The dropout of tf_keras draws other numbers each time, so no `fit`."""
    model = _model(_OPTIMIZERS["number"](), jit_compile=True)
    model.fit(**_DATA, verbose=0)
    values = _values(model)
    found = _find(model)
    assert len(found.losses) == 20
    assert len(set(found.losses)) > 10
    _assert_same(_values(model), values)


def _draws():
    """Random numbers of every generator that seeds go to."""
    layer = keras.layers.Dense(2)
    layer.build([None, 3])
    kernel = layer.get_weights()[0].tolist()
    of_tensorflow = float(tf.random.uniform([]))
    return random.random(), np.random.random(), of_tensorflow, kernel


def test_random_generators_are_put_back(trained, monkeypatch):
    """A step may draw from them, as layers and data do."""
    note = Ramp._note

    def drawn(ramp, loss, rate):
        _draws()
        note(ramp, loss, rate)

    monkeypatch.setattr(Ramp, "_note", drawn)
    keras.utils.set_random_seed(2)
    want = _draws()
    keras.utils.set_random_seed(2)
    _find(trained)
    assert _draws() == want


_COUNTED = {
    "number": lambda: keras.optimizers.SGD(0.5),
    "schedule": lambda: keras.optimizers.SGD(tfs.Constant(0.5)),
    "scaled": lambda: _LOSS_SCALE(keras.optimizers.SGD(0.5)),
}


@pytest.mark.filterwarnings("error:.*ran out of data")
@pytest.mark.parametrize("kind", _COUNTED)
def test_the_rates_are_applied(kind, monkeypatch):
    """Each batch subtracts its rate from the weight."""
    weights, note = [0.0], Ramp._note

    def noted(ramp, loss, rate):
        weights.append(float(ramp._model.get_weights()[0]))
        note(ramp, loss, rate)

    monkeypatch.setattr(Ramp, "_note", noted)
    model, data = model_and_data(_COUNTED[kind](), jit_compile=False)
    found = _find(model, **data, start=0.25, end=256.0, steps=11)
    np.testing.assert_allclose(-np.diff(weights), 2.0 ** np.arange(-2, 9))
    np.testing.assert_allclose(found.rates, 2.0 ** np.arange(-2, 9))


class _Traced(keras.Sequential):
    """Counts its training steps in Python."""

    traces = 0

    def train_step(self, *data):
        self.traces += 1
        return super().train_step(*data)


def test_a_built_model_is_traced_once_only():
    layers = keras.Input([4]), keras.layers.Dense(1)
    model = _Traced(layers, name="traced")
    model.compile("sgd", "mse", jit_compile=False)
    _find(model)
    assert model.traces == 1


def test_there_is_a_warning_without_a_suggestion(trained):
    with pytest.warns(
        UserWarning, match="^No rate is suggested: the loss mus"
    ) as caught:
        found = tfs.find_learning_rate(trained, **_DATA, end=1e-6, verbose=0)
    assert found.suggestion is None
    assert __file__ in [warning.filename for warning in caught]


def _mean_of_targets(optimizer, options=None):
    """A model whose loss is the mean of its targets."""
    model = keras.Sequential([keras.Input([1]), Counting()])
    model.compile(
        optimizer,
        lambda y, out: tf.reduce_mean(y + 0.0 * out, -1),
        jit_compile=False,
        **options or {},
    )
    return model


def _losses(targets, optimizer=None, options=None, trained=0, **changes):
    """The losses of such a model, trained `trained` times before the test."""
    model = _mean_of_targets(optimizer or keras.optimizers.SGD(0.5), options)
    y = np.array(targets, "float32")[:, np.newaxis]
    data = {"x": np.ones_like(y), "y": y, "batch_size": 2, "shuffle": False}
    for _ in range(trained):
        model.fit(data["x"][:2], y[:2], batch_size=2, verbose=0)
    return _find(model, **data | {"steps": 10} | changes).losses.tolist()


def test_data_are_shuffled_and_the_range_is_wide_by_default():
    keras.utils.set_random_seed(0)
    model = _mean_of_targets("sgd")
    y = np.arange(1.0, 101.0, dtype="float32")[:, np.newaxis]
    with pytest.warns(UserWarning, match="No rate is suggested"):
        found = tfs.find_learning_rate(
            model, y, y, batch_size=1, divergence=1e9, verbose=0
        )
    assert sorted(found.losses) == y[:, 0].tolist()
    assert found.losses.tolist() != y[:, 0].tolist()
    ends = found.rates[[0, -1]].tolist()
    assert (len(found.rates), ends) == (100, pytest.approx([1e-7, 10.0]))


def test_each_loss_is_that_of_its_batch_and_data_repeat():
    assert _losses([5, 7, 1, 1, 4, 4]) == [6, 1, 4] * 3 + [6]
    at_once = {"steps_per_execution": 3}
    for trained in (0, 3):
        losses = _losses([5, 7, 1, 1, 4, 4], None, at_once, trained)
        assert losses == [6, 1, 4] * 3 + [6]
    assert _losses([1, 1]) == [1] * 10  # from one batch


@pytest.mark.skipif(not _KERAS_3, reason="accumulates no gradients")
def test_a_step_is_a_whole_update_of_accumulated_gradients():
    optimizer = keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)
    assert _losses([1, 1, 3, 3, 5, 5, 7, 7], optimizer) == [2, 6] * 5


@pytest.mark.skipif(not _KERAS_3, reason="accumulates no gradients")
def test_an_update_that_has_begun_is_finished_first():
    optimizer = keras.optimizers.SGD(0.5, gradient_accumulation_steps=3)
    targets = np.repeat([1, 3, 5, 7, 9, 11], 2)
    losses = _losses(targets, optimizer, trained=4)
    # Keras forgets the losses of an epoch at its end.
    assert losses == [2, 7] * 5


@pytest.mark.parametrize(
    ("smoothed", "diverges"),
    [
        # The first of ten steps does not count.
        ([99.0, 10.0, 4.0, 16.1], True),
        ([99.0, 10.0, 4.0, 16.0], False),
        ([99.0, 0.5, 0.4, 1.3], True),
        ([99.0, 0.5, 0.4, 1.1], False),
        ([99.0, -1.0, -2.0, 2.1], True),
        ([99.0, -1.0, -2.0, 1.9], False),
        ([99.0], False),
    ],
)
def test_a_loss_diverges_by_its_fall_and_its_size(smoothed, diverges):
    ramp = Ramp(None, np.ones(10), "loss", 0.9, divergence=3.0, verbose=0)
    ramp.smoothed = smoothed
    assert ramp._diverges == diverges


class _Batches(keras.utils.Sequence):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.ones([2, 1]), np.full([2, 1], index + 1, "float32")


def test_whatever_fit_takes_is_data():
    def dataset():
        y = tf.reshape(tf.range(1.0, 4.0), [3, 1])
        return tf.data.Dataset.from_tensor_slices((tf.ones_like(y), y))

    def generator():
        for index in range(3):
            yield np.ones([2, 1]), np.full([2, 1], index + 1, "float32")

    for data in (dataset().batch(1), _Batches(), dataset().repeat().batch(1)):
        changes = {"x": data, "y": None, "batch_size": None}
        assert _losses([1], **changes) == [1, 2, 3] * 3 + [1]
    found = _losses([1], x=generator(), y=None, batch_size=None)
    assert found == [1, 2, 3]  # which cannot begin anew


def test_weights_of_samples_and_of_classes_are_taken():
    weights = np.array([2, 0, 2, 0, 2, 0], "float32")
    assert _losses([5, 7, 1, 1, 4, 4], sample_weight=weights)[:3] == [5, 1, 4]
    of_classes = {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.5}
    weighted = _losses([1, 1, 2, 2, 3, 3], class_weight=of_classes)
    assert weighted[:3] == [1, 2, 4.5]


def test_the_test_stops_where_the_loss_diverges_or_is_not_finite():
    assert len(_losses([1.0] * 8 + [float("nan")] * 4, steps=20)) == 4
    assert len(_losses([1.0] * 8 + [float("inf")] * 4, steps=20)) == 4
    smooth = {"smoothing": 0.0, "steps": 20}
    assert len(_losses([1.0] * 8 + [3.9] * 4 + [4.1] * 4, **smooth)) == 7
    assert len(_losses([-1.0] * 8 + [1.9] * 4 + [2.1] * 4, **smooth)) == 7
    # The fall is the scale where the lowest loss is almost 0.
    losses = [1.0] * 6 + [0.0] * 2 + [2.9] * 2 + [3.1] * 2
    assert len(_losses(losses, **smooth)) == 6
    # The first tenth does not count: a low loss may be that of its batch.
    assert len(_losses([0.1] * 4 + [1.0] * 8, **smooth)) == 20
    wide = smooth | {"divergence": 9.0}
    assert len(_losses([1.0] * 8 + [8.9] * 4 + [9.1] * 4, **wide)) == 7


class _TwoOptimizers(keras.Model):
    """Reports losses of its own names, and is built by its training step."""

    def __init__(self):
        super().__init__()
        self.parts = [Counting(), Counting()]
        self.optimizers = {
            "slow": keras.optimizers.SGD(0.25, momentum=0.5),
            "fast": keras.optimizers.SGD(tfs.Constant(0.5)),
        }

    def train_step(self, data):
        x, _ = data
        for layer, optimizer in zip(
            self.parts, self.optimizers.values(), strict=True
        ):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(layer(x / x))
            gradient = tape.gradient(loss, layer.trainable_variables)
            optimizer.apply_gradients(
                zip(gradient, layer.trainable_variables, strict=True)
            )
        return {"slow_loss": loss, "fast_loss": loss}


def test_one_of_several_optimizers_is_chosen(monkeypatch):
    model, weights, note = _TwoOptimizers(), [], Ramp._note

    def noted(ramp, loss, rate):
        weights.append([float(layer.w) for layer in model.parts])
        note(ramp, loss, rate)

    monkeypatch.setattr(Ramp, "_note", noted)
    model.compile(jit_compile=False)
    fast = model.optimizers["fast"]
    with pytest.raises(ValueError, match="one of fast_loss, slow_loss, the"):
        _find(model, optimizer=fast)
    changes = {"start": 1.0, "end": 512.0, "steps": 10}
    _find(model, optimizer=fast, monitor="fast_loss", **changes)
    np.testing.assert_allclose(
        [-fast for _, fast in weights], 2.0 ** np.arange(1, 11) - 1
    )
    assert weights[0][0] == -0.25
    assert weights[1][0] == -0.625
    for layer, optimizer in zip(
        model.parts, model.optimizers.values(), strict=True
    ):
        assert float(layer.w) == 0.0
        assert int(optimizer.iterations) == 0
    assert fast._learning_rate.learning_rate == 0.5
    momentum = _listed(model.optimizers["slow"])[-1]
    assert float(momentum) == 0.0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"start": 0.0}, "start must be a finite number greater than 0; got"),
        ({"end": float("inf")}, "end must be a finite number greater than 0"),
        ({"start": 1.0, "end": 1.0}, "end must be greater than start; got 1.0"),
        ({"steps": 9}, "steps must be at least 10; got 9 "),
        ({"steps": 10.5}, "steps must be a whole number of at least 1"),
        ({"method": "best"}, "method must be one of steepest, valley; got"),
        ({"smoothing": 1.0}, "smoothing must be less than 1; got 1.0"),
        ({"smoothing": -0.1}, "smoothing must be a number from 0 to 1; got"),
        ({"divergence": 0.5}, "divergence must be a finite number of at least"),
    ],
)
def test_arguments_out_of_range_are_refused(trained, changes, error):
    with pytest.raises(ValueError, match=f"^{error}"):
        _find(trained, **changes)


def test_models_and_optimizers_that_have_no_rate_are_refused():
    model = keras.Sequential([keras.Input([1]), Counting()])
    with pytest.raises(ValueError, match=r"^model must be compiled; got the"):
        _find(model)
    with pytest.raises(TypeError, match=r"^model must be a model of tf\.keras"):
        _find("sgd")
    model.compile("sgd", "mse")
    with pytest.raises(
        ValueError, match=r"^optimizer must be one of the model"
    ):
        _find(model, optimizer=keras.optimizers.SGD())


def test_the_progress_bar_is_that_of_keras(trained, capsys):
    _find(trained)
    assert not capsys.readouterr().out
    _find(trained, verbose=1, monitor="mae")
    out = capsys.readouterr().out
    assert "20/20" in out
    assert "learning_rate: 0.1" in out
    assert "mae: " in out
    _find(trained, verbose="auto")
    for shown in (out, capsys.readouterr().out):
        assert " 1/20" in shown  # as soon as it is done
