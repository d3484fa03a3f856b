"""A model's schedule is the same after every way that either Keras saves it.

Runs with Keras 3 and, by flavour_test.py, with tf_keras. Each test sends every
schedule through one way, because saving takes much longer than comparing.
"""

import itertools
import json

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs

keras = tf.keras
_IS_LEGACY = not hasattr(keras, "Variable")
_DATA = np.ones([4, 1], np.float32)
_STEPS = [*range(30), 100, 1000, 2**40 + 3]


class _Mine(tfs.Schedule):
    """A user's class, private as in a notebook."""

    def __init__(self, peak, schedule, name=None):
        super().__init__(name)
        self.peak = peak
        self.schedule = schedule

    def _formula(self, step, peak, schedule):
        return peak / (step + 1.0) * tf.cast(schedule(step), step.dtype)

    @property
    def dtype(self):
        return tf.float32


_LEAVES = [
    lambda rate: tfs.Constant(rate),
    lambda rate: tfs.ExponentialDecay(rate, 7, 0.9, staircase=True),
    lambda rate: tfs.InverseTimeDecay(rate, 7, 0.5),
    lambda rate: tfs.PolynomialDecay(rate, 20, 0.01, 2.0, cycle=True),
    lambda rate: tfs.PiecewiseConstantDecay([3, 9.5], [rate, rate, rate]),
    lambda rate: tfs.CosineDecay(rate, 20, 0.1, "c", 0.5, 3),
    lambda rate: tfs.CosineDecayRestarts(rate, 5, 1.1, 0.9, 0.01),
    lambda rate: tfs.WarmupStableDecay(rate, 3, 5, 9, decay=1.5),
    lambda rate: tfs.InverseSquareRootDecay(rate, 10, 2.5),
    lambda rate: tfs.OneCycle(rate, 25, three_phase=True),
    lambda rate: tfs.CyclicalLearningRate(rate, 0.5, 4, 5, "exp_range", 0.9),
    lambda rate: tfs.PiecewiseInterpolation([0, 9, 20], [rate] * 3, "cosine"),
]
_COMPOSITES = [
    lambda s: tfs.Warmup(s, 4, 0.01, "cosine", name="a name/β"),
    lambda s: tfs.Sequence([s, 0.001, s], [5, 15]),
    lambda s: tfs.Product([s, s], name=""),
    lambda s: tfs.Scaled(s, 0.5, name=None),
    lambda s: tfs.Clamped(s, 0.01),
    lambda s: tfs.Shifted(s, -3),
    lambda s: tfs.TimeScaled(s, 2.5),
    lambda s: tfs.Repeated(s, 6),
    lambda s: tfs.Adjustable(s, 4, [(2, 0.5), (20, 0.25)]),
    lambda s: _Mine(0.3, s),
]
_RATES = [
    lambda: 0.1,
    lambda: np.float64(0.1),
    lambda: tf.constant(0.1, tf.bfloat16),
    lambda: np.float16(0.1),
    lambda: tf.Variable(0.1),
    lambda: tfs.positive(0.1),
]


def _schedules() -> list[tfs.Schedule]:
    """Three levels of schedules: all classes innermost, composites outside."""
    outer = itertools.cycle(_COMPOSITES)
    inner = itertools.cycle(_COMPOSITES[3:] + _COMPOSITES[:3])
    rates = itertools.cycle(_RATES)
    made = [next(outer)(next(inner)(leaf(next(rates)()))) for leaf in _LEAVES]
    learnable = tfs.PiecewiseInterpolation(
        tfs.increasing([0.0, 10.0, 20.0]), tf.Variable([0.1, 0.4, 0.2])
    )
    bounded = tfs.ExponentialDecay(
        tfs.bounded(0.2, 0.1, 0.5), 3, tfs.unit_interval(0.75)
    )
    return [*made, learnable, learnable * bounded, made[5] * made[6]]


def _model(schedule, optimizer=None):
    model = keras.Sequential(
        [keras.layers.Input([1]), keras.layers.Dense(1)], name="model"
    )
    optimizer = optimizer or keras.optimizers.SGD(schedule)
    model.compile(optimizer, keras.losses.MeanSquaredError())
    return model


def _assert_same(loaded, schedule):
    assert type(loaded) is type(schedule)
    assert loaded is not schedule
    assert loaded.dtype == schedule.dtype
    text = json.dumps(tfs.serialize(schedule), sort_keys=True)
    assert json.dumps(tfs.serialize(loaded), sort_keys=True) == text
    want = schedule(_STEPS).numpy().tobytes()
    assert loaded(_STEPS).numpy().tobytes() == want


def _from_config(model, folder):
    optimizer = model.optimizer
    return type(optimizer).from_config(optimizer.get_config())


def _deserialized(model, folder):
    serialized = json.dumps(keras.optimizers.serialize(model.optimizer))
    return keras.optimizers.deserialize(json.loads(serialized))


def _compile_config(model, folder):
    config = json.dumps(model.get_compile_config())
    other = keras.Sequential.from_config(model.get_config())
    other.compile_from_config(json.loads(config))
    return other.optimizer


def _keras_file(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras").optimizer


def _h5_file(model, folder):
    path, classes = str(folder / "model.h5"), None
    if _IS_LEGACY:
        # tf_keras looks up a class in such a file by its bare name.
        cls = type(model.optimizer._learning_rate)
        classes = {cls.__name__: cls}
    model.save(path)
    return keras.models.load_model(path, custom_objects=classes).optimizer


def _folder(model, folder):
    model.save(str(folder / "model"))
    return keras.models.load_model(str(folder / "model")).optimizer


def _legacy_format(model, folder):
    serialized = keras.optimizers.serialize(
        model.optimizer, use_legacy_format=True
    )
    return keras.optimizers.deserialize(
        json.loads(json.dumps(serialized)), use_legacy_format=True
    )


_WAYS = [_from_config, _deserialized, _compile_config, _keras_file, _h5_file]
if _IS_LEGACY:
    _WAYS += [_folder, _legacy_format]


@pytest.mark.parametrize("way", _WAYS)
def test_a_saved_model_keeps_its_schedule(way, tmp_path):
    schedules = _schedules()
    if way is _folder:  # slow, so just enough to cover every composite
        schedules = [schedules[i] for i in (0, 1, 2, 6, 7, 8, 13)]
    for schedule in schedules:
        loaded = way(_model(schedule), tmp_path)
        _assert_same(loaded._learning_rate, schedule)


@pytest.mark.parametrize("way", _WAYS)
def test_wrapped_and_legacy_optimizers_keep_the_schedule(way, tmp_path):
    schedule = _schedules()[0]
    inner = keras.optimizers.Adam(schedule)
    module = keras.mixed_precision if _IS_LEGACY else keras.optimizers
    if not (_IS_LEGACY and way is _h5_file):
        model = _model(None, module.LossScaleOptimizer(inner))
        model.fit(_DATA, _DATA, verbose=0)
        loaded = way(model, tmp_path)
        _assert_same(loaded.inner_optimizer._learning_rate, schedule)
    if _IS_LEGACY and way is not _h5_file:
        model = _model(None, keras.optimizers.legacy.Adam(schedule))
        loaded = way(model, tmp_path)
        _assert_same(loaded._get_hyper("learning_rate"), schedule)


@pytest.mark.skipif(not _IS_LEGACY, reason="a format of tf_keras")
def test_keras_reads_the_legacy_format_of_a_schedule():
    module = keras.optimizers.schedules
    for schedule in _schedules():
        serialized = module.serialize(schedule, use_legacy_format=True)
        assert "registered_name" not in serialized
        text = json.dumps(serialized)
        again = module.deserialize(json.loads(text), use_legacy_format=True)
        _assert_same(again, schedule)
        _assert_same(tfs.deserialize(json.loads(text)), schedule)


@pytest.mark.skipif(not _IS_LEGACY, reason="Keras 3 reads the package")
def test_without_custom_objects_h5_files_lose_the_class(tmp_path):
    """Once tf_keras reads them, the contract's advice can go."""
    path = str(tmp_path / "model.h5")
    _model(tfs.CosineDecay(0.1, 10)).save(path)
    loaded = keras.models.load_model(path).optimizer._learning_rate
    assert type(loaded) is keras.optimizers.schedules.CosineDecay
    _model(tfs.Constant(0.1)).save(path)
    with pytest.raises(ValueError, match="Unknown decay: 'Constant'"):
        keras.models.load_model(path)


def test_training_continues_at_the_saved_step(tmp_path):
    """This holds for every file that has the step of the optimizer."""
    schedule = _schedules()[4]
    model = _model(schedule)
    model.fit(_DATA, _DATA, batch_size=1, verbose=0)
    for way in (_keras_file, _h5_file):
        assert int(way(model, tmp_path).iterations) == 4
    if _IS_LEGACY:
        # A folder loses the step, whatever the rate, as the contract says.
        assert int(_folder(model, tmp_path).iterations) == 0
        number = _model(0.1)
        number.fit(_DATA, _DATA, batch_size=1, verbose=0)
        assert int(_folder(number, tmp_path).iterations) == 0


def test_checkpoints_and_weights_files_restore_the_variables(tmp_path):
    """They hold only values, so the program makes the schedules."""
    saved, others = _schedules(), _schedules()
    for number, (schedule, other) in enumerate(zip(saved, others, strict=True)):
        model, restored = _model(schedule), _model(other)
        variables = [*other.variables]
        for variable in variables:
            variable.assign(variable + tf.ones_like(variable))
        checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
        path = checkpoint.write(str(tmp_path / f"checkpoint-{number}"))
        checkpoint = tf.train.Checkpoint(
            model=restored, optimizer=restored.optimizer
        )
        status = checkpoint.read(path)
        status.assert_existing_objects_matched().assert_consumed()
        _assert_same(other, schedule)
        model.save_weights(tmp_path / "of.weights.h5")
        restored.load_weights(tmp_path / "of.weights.h5")
        _assert_same(other, schedule)


def test_exported_models_predict_whatever_their_optimizer(tmp_path):
    """An export holds the predictions and no optimizer."""
    model = _model(_schedules()[8])
    model.fit(_DATA, _DATA, verbose=0)
    model.export(str(tmp_path / "exported"))
    tf.saved_model.save(model, str(tmp_path / "saved"))
    want = model.predict(_DATA, verbose=0)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(exported.serve(_DATA), want, rtol=1e-6)
    saved = tf.saved_model.load(str(tmp_path / "saved"))
    (got,) = saved.signatures["serving_default"](tf.constant(_DATA)).values()
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_a_model_with_a_saved_model_schedule_loads_uncompiled(tmp_path):
    """It can be saved, but loads only without the optimizer."""
    path = tfs.export(tfs.Constant(0.5), tmp_path / "schedule")
    schedule = tfs.Warmup(tfs.Scaled(tfs.SavedModelSchedule(path), 2.0), 4)
    names = ["model.keras", "model.h5", "model"][: 3 if _IS_LEGACY else 2]
    classes = {"Warmup": tfs.Warmup}
    for name in names:
        _model(schedule).save(str(tmp_path / name))
        with pytest.raises(ValueError, match="must not be made from a config"):
            keras.models.load_model(str(tmp_path / name), classes)
        model = keras.models.load_model(str(tmp_path / name), compile=False)
        assert model.predict(_DATA, verbose=0).shape == (4, 1)
