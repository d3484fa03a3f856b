"""Each layer trains at its own multiple of a schedule.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import numpy as np
import pytest
import tensorflow as tf
from marks import needs_multi_optimizer

import tf_schedules as tfs
from tf_schedules.keras.places import places_of

keras = tf.keras
_IS_KERAS_3 = hasattr(keras, "Variable")
_ONES = np.ones([4, 1], "float32")
_DATA = {"x": _ONES, "y": _ONES, "batch_size": 1, "verbose": 0}
_NAMES = ("embedding", "block_0", "block_1", "head")
_HALVING = tfs.ExponentialDecay(1.0, 1, 0.5)


@keras.utils.register_keras_serializable("layer_wise_test")
class _Adding(keras.layers.Layer):
    """Adds a weight, whose gradient is 1 in a chain of such layers."""

    def build(self, shape):
        self.w = self.add_weight(shape=(), initializer="zeros", name="w")
        self.built = True

    def call(self, inputs):
        return inputs + self.w


def _mean(_, outputs):
    return tf.reduce_mean(outputs)


def _model(names=_NAMES):
    layers = [_Adding(name=name) for name in names]
    return keras.Sequential([keras.layers.Input([1]), *layers])


def _weights(model):
    return [float(w) for w in model.get_weights()]


class _Applied(keras.callbacks.Callback):
    """The rates of each batch, which are subtracted from the weights."""

    def __init__(self, model):
        super().__init__()
        self.seen = [_weights(model)]

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(_weights(self.model))

    @property
    def rates(self):
        return (-np.diff(self.seen, axis=0)).tolist()


def _fitted(model, optimizer, *callbacks, epochs=1, **options):
    model.compile(optimizer, _mean, **options)
    applied = _Applied(model)
    history = model.fit(
        **_DATA, epochs=epochs, callbacks=[*callbacks, applied]
    ).history
    return applied.rates, history


def _looped(model, optimizer):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(_ONES[:1]))
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        # Any order will do.
        pairs = zip(gradients[::-1], variables[::-1], strict=True)
        optimizer.apply_gradients(pairs)

    applied = _Applied(model)
    applied.set_model(model)
    for batch in range(4):
        step()
        applied.on_train_batch_end(batch)
    return applied.rates, {}


_WAYS = {
    "fit": _fitted,
    "compiled": lambda *args: _fitted(*args, jit_compile=True),
    "eager": lambda *args: _fitted(*args, run_eagerly=True),
    "loop": _looped,
}


@pytest.mark.parametrize("way", _WAYS)
def test_each_layer_trains_at_its_multiple(way):
    model = _model()
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        _HALVING,
        {"embedding/.*": 0, "block_.*/w": 0.25},
    )
    rates, _ = _WAYS[way](model, optimizer)
    want = [[0.0, r / 4, r / 4, r] for r in (1.0, 0.5, 0.25, 0.125)]
    assert rates == want
    assert [o.name for o in optimizer.optimizers] == ["factor_0.25", "factor_1"]
    assert [int(o.iterations) for o in optimizer.optimizers] == [4, 4]
    assert int(optimizer.iterations) == 4


def test_a_factor_of_1_keeps_the_schedule_itself():
    optimizer = tfs.layer_wise(
        _model(), keras.optimizers.SGD, _HALVING, {"head/w": 0.5}
    )
    half, full = optimizer.optimizers
    assert full._learning_rate is _HALVING
    assert half._learning_rate.schedule is _HALVING
    if hasattr(keras.optimizers, "MultiOptimizer"):
        assert isinstance(optimizer, keras.optimizers.MultiOptimizer)


def _optimizers():
    others = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
    for name, value in sorted(vars(keras.optimizers).items()):
        is_class = isinstance(value, type) and name not in others
        if is_class and issubclass(value, keras.optimizers.Optimizer):
            yield value


def _apply(optimizer, model, *gradients):
    pairs = zip(
        map(tf.constant, gradients), model.trainable_variables, strict=True
    )
    optimizer.apply_gradients(list(pairs))


@pytest.mark.parametrize("optimizer_class", [*_optimizers()])
def test_every_optimizer_takes_the_steps_that_it_takes_alone(optimizer_class):
    model = _model(["first", "second"])
    optimizer = tfs.layer_wise(
        model, optimizer_class, _HALVING, {"first/w": 0.25}, weight_decay=0.1
    )
    alone = [tf.Variable(0.0) for _ in range(2)]
    parts = [
        optimizer_class(learning_rate=schedule, weight_decay=0.1)
        for schedule in (0.25 * _HALVING, _HALVING)
    ]
    for gradient in (1.0, -0.5, 2.0):
        _apply(optimizer, model, gradient, gradient / 3)
        for part, variable, share in zip(parts, alone, (1, 3), strict=True):
            part.apply_gradients([(tf.constant(gradient / share), variable)])
    assert _weights(model) == [float(variable) for variable in alone]
    assert _weights(model)[0] != 0


def test_a_frozen_layer_has_no_state_and_does_not_change():
    model = _model(["frozen", "free"])
    model.set_weights([np.float32(0.3), np.float32(0.3)])
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.AdamW,
        0.1,
        {"frozen/.*": 0},
        weight_decay=0.5,
        global_clipnorm=1.0,
        use_ema=True,
        ema_overwrite_frequency=1,
    )
    assert len(optimizer.optimizers) == 1
    # A gradient of NaN would spoil a weight at a rate of 0, and the norm.
    _apply(optimizer, model, np.nan, 1.0)
    frozen, free = _weights(model)
    assert frozen == np.float32(0.3)
    assert np.isfinite(free)
    assert free != frozen


def test_the_norm_is_that_of_the_whole_model():
    model = _model(["a", "b", "c"])
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        1.0,
        {"b/w": 0.5, "c/w": 0},
        global_clipnorm=1.0,
    )
    _apply(optimizer, model, 3.0, 4.0, 12.0)
    np.testing.assert_allclose(_weights(model), [-0.6, -0.4, 0], rtol=1e-6)


class _Nested(keras.Model):
    """Has a weight of its own, a model, and a layer of two layers."""

    def __init__(self, inner):
        super().__init__(name="nested")
        self.token = self.add_weight(name="token", shape=(1,))
        self.inner = inner
        self.pair = keras.Sequential([_Adding(name="a")], name="pair")
        self.head = _Adding(name="head")

    def call(self, inputs):
        return self.head(self.pair(self.inner(inputs + self.token)))


def _nested():
    inputs = keras.layers.Input([1])
    shared = _Adding(name="shared")
    outputs = shared(_Adding(name="block")(shared(inputs)))
    model = _Nested(keras.Model(inputs, outputs, name="encoder"))
    model(_ONES)
    return model


def test_paths_and_depths_follow_the_layers_of_nested_models():
    places = {p.path_in_model: p.depth for p in places_of(_nested())}
    assert places == {
        "token": 3,
        "encoder/shared/w": 3,
        "encoder/block/w": 2,
        "pair/a/w": 1,
        "head/w": 0,
    }


def test_a_shared_layer_belongs_to_the_first_of_its_places():
    shared = _Adding(name="shared")
    first, second = (
        keras.Sequential([keras.layers.Input([1]), shared], name=name)
        for name in ("first", "second")
    )
    model = keras.Sequential(
        [keras.layers.Input([1]), first, _Adding(name="middle"), second]
    )
    places = [(p.path_in_model, p.depth) for p in places_of(model)]
    assert places == [("first/shared/w", 1), ("middle/w", 0)]


def _factors(optimizer, model):
    """The factor of each trainable variable by its path in the model."""
    rates = [float(o.learning_rate) for o in optimizer.optimizers] + [0.0]
    return {
        place.path_in_model: rates[group]
        for place, group in zip(
            places_of(model), optimizer._groups, strict=True
        )
    }


def test_rates_decay_with_the_depth():
    """As in BEiT and MAE: the head has 1, and the last block the decay."""
    model = _model()
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, 1.0, depth_decay=0.5
    )
    want = {"embedding/w": 0.125, "block_0/w": 0.25, "block_1/w": 0.5}
    assert _factors(optimizer, model) == want | {"head/w": 1.0}
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        1.0,
        {"embedding/.*": 0, "block_0/.*": 8},
        depth_decay=0.5,
    )
    want |= {"embedding/w": 0.0, "block_0/w": 8.0, "head/w": 1.0}
    assert _factors(optimizer, model) == want
    assert _fitted(model, optimizer)[0] == [[0, 8, 0.5, 1]] * 4


def test_a_decay_of_1_keeps_the_rate():
    model = _model()
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, 1.0, depth_decay=1.0
    )
    assert set(_factors(optimizer, model).values()) == {1.0}


def test_the_first_pattern_that_matches_counts():
    model = _nested()
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        1.0,
        {"encoder/block/.*": 0.25, "encoder/.*": 0.5, "nested/head/w": 2},
    )
    assert _factors(optimizer, model) == {
        "token": 1.0,
        "encoder/shared/w": 0.5,
        "encoder/block/w": 0.25,
        "pair/a/w": 1.0,
        "head/w": 2.0,
    }


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"model": "model"}, TypeError, "model must be a tf.keras.Model"),
        ({"optimizer_class": "SGD"}, TypeError, "optimizer_class must be a cl"),
        ({"optimizer_class": dict}, TypeError, "optimizer_class must be a cla"),
        ({"schedule": "fast"}, TypeError, "schedule must be"),
        ({"learning_rate": 0.1}, TypeError, r"got 0\.1 .* Pass it as schedule"),
        ({"factors": ["head"]}, TypeError, "factors must be a mapping"),
        (
            {"factors": {"encoder/.*": 0.1}},
            ValueError,
            "match the whole path .* got 'encoder/.*'. The nearest are",
        ),
        (
            {"factors": {"block_/w": 0.1}},
            ValueError,
            "nearest are block_[01]/w, block_[01]/w, ",
        ),
        (
            {"factors": {"head": 0.1}},
            ValueError,
            r"nearest are head/w, [^ ,]+, [^ ,]+\.$",
        ),
        (
            {"factors": {".*": 0.1, "head/.*": 1}},
            ValueError,
            r"must come before .* got 'head/\.\*'",
        ),
        ({"factors": {"(": 1}}, ValueError, "must be a regular expression"),
        ({"factors": {1: 1}}, ValueError, "must be a regular expression"),
        ({"factors": {"head/w": -1}}, ValueError, r"factors\['head/w'\] must"),
        ({"factors": {"head/w": None}}, TypeError, r"factors\['head/w'\] must"),
        (
            {"factors": {"head/w": np.inf}},
            ValueError,
            "got inf .*Pass a factor",
        ),
        (
            {"factors": {"head/w": tf.Variable(0.5)}},
            TypeError,
            "must be a Python or NumPy number",
        ),
        ({"factors": {".*": 0}}, ValueError, "leave a variable to train"),
        ({"depth_decay": 0}, ValueError, "depth_decay must be a number"),
        ({"depth_decay": 1.5}, ValueError, "depth_decay must be a number"),
        ({"depth_decay": "0.75"}, TypeError, "depth_decay must be a number"),
        (
            {"global_clipnorm": 1.0, "gradient_accumulation_steps": 2},
            ValueError,
            "global_clipnorm must not be used with gradient_accumulation_st",
        ),
    ],
)
def test_bad_arguments_are_refused(changed, error, words):
    arguments = {
        "model": _model(),
        "optimizer_class": keras.optimizers.SGD,
        "schedule": 0.1,
    } | changed
    with pytest.raises(error, match=words):
        tfs.layer_wise(**arguments)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([], "is not"),
        ([keras.layers.Input([1]), keras.layers.Flatten()], "has none"),
    ],
)
def test_a_model_without_variables_is_refused(layers, words):
    model = keras.Sequential(layers, name="bare")
    with pytest.raises(ValueError, match=f"built .* got 'bare', which {words}"):
        tfs.layer_wise(model, keras.optimizers.SGD, 0.1)


def test_other_variables_are_refused():
    model = _model()
    model.layers[0].trainable = False
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, _HALVING, {"head/w": 0.5}
    )
    model.layers[0].trainable = True
    pairs = [(tf.constant(1.0), v) for v in model.trainable_variables]
    with pytest.raises(ValueError, match="after you set what is trainable"):
        optimizer.apply_gradients(pairs)
    config = optimizer.get_config()
    with pytest.raises(ValueError, match=r"the 3 trainable var.* got 4"):
        type(optimizer).from_config(config).build(model.trainable_variables)


def test_all_groups_stay_at_the_same_step():
    model = _model(["a", "b"])
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, _HALVING, {"a/w": 0.5}
    )
    one, two = model.trainable_variables
    optimizer.apply_gradients([(None, one), (tf.constant(1.0), two)])
    optimizer.apply_gradients([(tf.constant(1.0), one)])
    assert _weights(model) == [-0.25, -1.0]
    assert [int(o.iterations) for o in optimizer.optimizers] == [2, 2]


@pytest.mark.skipif(not _IS_KERAS_3, reason="tf_keras has no apply")
def test_gradients_alone_are_for_all_variables():
    model = _model(["a", "b"])
    optimizer = tfs.layer_wise(model, keras.optimizers.SGD, 1.0, {"a/w": 0.5})
    optimizer.build(model.trainable_variables)
    optimizer.apply([tf.constant(1.0), tf.constant(1.0)])
    assert _weights(model) == [-0.5, -1.0]


def test_the_rate_is_the_highest_and_cannot_be_assigned():
    optimizer = tfs.layer_wise(
        _model(), keras.optimizers.SGD, 0.5, {"head/w": 4, "block_0/w": 0.25}
    )
    names = [o.name for o in optimizer.optimizers]
    assert names == ["factor_0.25", "factor_1", "factor_4"]
    assert float(optimizer.learning_rate) == 2.0
    with pytest.raises(AttributeError, match=r"optimizer\.optimizers"):
        optimizer.learning_rate = 0.2


def _layer_of_layers():
    """A model whose paths change when it is loaded."""
    return keras.Sequential([keras.layers.Input([1]), _Chain(), _Adding()])


@keras.utils.register_keras_serializable("layer_wise_test")
class _Chain(keras.layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.parts = [_Adding(name="one"), _Adding(name="two")]

    def call(self, inputs):
        return self.parts[1](self.parts[0](inputs))


def _momentum(model, schedule=None):
    return tfs.layer_wise(
        model,
        keras.optimizers.Adam,
        schedule or tfs.ExponentialDecay(0.1, 3, 0.5),
        {".*two/w": 0.25, ".*one/w": 0},
        weight_decay=0.1,
        name="mine",
    )


def _data(seed=0):
    x = np.random.default_rng(seed).random([6, 1], "float32")
    return {"x": x, "y": 3 * x, "batch_size": 1, "verbose": 0, "shuffle": False}


def test_a_loaded_model_continues(tmp_path):
    whole, saved = _layer_of_layers(), _layer_of_layers()
    for model in (whole, saved):
        model.compile(_momentum(model), "mse")
        model.fit(**_data())
    saved.save(tmp_path / "model.keras")
    keras.backend.clear_session()
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.name == "mine"
    assert len(loaded.optimizer.variables) == len(whole.optimizer.variables)
    for model in (whole, loaded):
        model.fit(**_data(1))
    assert _weights(loaded) == _weights(whole)
    assert _weights(loaded)[0] == 0 != _weights(loaded)[1]
    groups = loaded.optimizer.optimizers
    assert [int(o.iterations) for o in groups] == [12, 12]


@needs_multi_optimizer
def test_keras_assigns_variables_to_other_optimizers_when_loaded(tmp_path):
    """Once this fails, paths would do in the place of numbers."""
    model = _layer_of_layers()
    path = model.trainable_variables[1].path
    half = keras.optimizers.Adam(0.5, name="half")
    optimizers = keras.optimizers.OptimizerMap(
        keras.optimizers.Adam(1.0), {path: half}
    )
    model.compile(keras.optimizers.MultiOptimizer(optimizers), "mse")
    model.fit(**_data())
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert path not in [v.path for v in loaded.trainable_variables]


@needs_multi_optimizer
def test_keras_leaves_the_optimizers_out_of_checkpoints(tmp_path):
    """Once this fails, the groups need not be added to checkpoints."""
    adam = keras.optimizers.Adam(0.5)
    optimizers = keras.optimizers.OptimizerMap(adam)
    multi = keras.optimizers.MultiOptimizer(optimizers)
    multi.build([keras.Variable(1.0)])
    path = tf.train.Checkpoint(multi).write(str(tmp_path / "checkpoint"))
    names = [name for name, _ in tf.train.list_variables(path)]
    # The graph, the counter and the rate of `multi`, and the variable.
    assert len(names) == len(adam.variables) == 4


def test_a_run_restored_from_a_checkpoint_continues(tmp_path):
    def run(path, start, stop):
        model = _layer_of_layers()
        schedule = tfs.Adjustable(tfs.ExponentialDecay(0.1, 3, 0.5))
        model.compile(_momentum(model, schedule), "mse")
        checkpoint = tf.train.Checkpoint(model, optimizer=model.optimizer)
        if start:
            checkpoint.read(path).assert_existing_objects_matched()
        for epoch in range(start, stop):
            if epoch == 1:
                schedule.scale_from(6, 0.5)
            model.fit(**_data(epoch))
        checkpoint.write(path)
        assert schedule.edits.rows() == [(6, 0.5)]
        return _weights(model)

    whole, parts = str(tmp_path / "whole"), str(tmp_path / "parts")
    run(parts, 0, 2)
    assert run(parts, 2, 3) == run(whole, 0, 3)


def test_keras_backs_the_groups_up(tmp_path):
    def run(folder, *callbacks):
        model = _layer_of_layers()
        model.compile(_momentum(model), "mse")
        backup = keras.callbacks.BackupAndRestore(str(tmp_path / folder))
        model.fit(**_data(), epochs=3, callbacks=[backup, *callbacks])
        return _weights(model)

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("parts", Stop())
    assert run("parts") == run("whole")


def test_the_callbacks_act_on_every_group(tmp_path):
    model = _model()
    decay = tf.Variable(0.5)
    schedule = tfs.Adjustable(tfs.ExponentialDecay(1.0, 4, decay))
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        schedule,
        {"head/w": 4.0, "embedding/w": 0},
        weight_decay=0.5,
    )
    rates, history = _fitted(
        model,
        optimizer,
        tfs.ReduceOnPlateau("loss", 0.5, 1, min_delta=1e9),
        tfs.LearningRateLogger(),
        tfs.ScheduleHyperparameter(
            "weight_decay", tfs.PiecewiseConstantDecay([0], [0.0, 0.125])
        ),
        keras.callbacks.TensorBoard(tmp_path),
        epochs=3,
    )
    # The plateau halves the rates once, after the second epoch.
    last = 0.5 ** (11 / 4) / 2
    name = "optimizer/factor_"
    assert history[f"learning_rate/{name}1"][2] == pytest.approx(last)
    assert history[f"learning_rate/{name}4"][2] == pytest.approx(4 * last)
    assert history[f"hyperparameters/{name}1/schedule/decay_rate"] == [0.5] * 3
    assert schedule.edits.rows()[0] == (8, 0.5)
    assert [o.weight_decay for o in optimizer.optimizers] == [0.125] * 2
    # The decay was 0 at the first step, and an eighth of the weight after it.
    assert rates[0] == [0, 1, 1, 4]
    at_1 = 0.5**0.25
    want = [0] + [at_1 * f * (1 - w / 8) for f, w in ((1, 1), (1, 1), (4, 4))]
    np.testing.assert_allclose(rates[1], want, rtol=1e-6)


def test_a_plateau_lowers_the_groups_of_a_loaded_model(tmp_path):
    model = _model()
    schedule = tfs.Adjustable(1.0)
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, schedule, {"head/w": 4.0}
    )
    model.compile(optimizer, "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    plateau = tfs.ReduceOnPlateau("loss", 0.5, 1, min_delta=1e9)
    loaded.fit(**_DATA, epochs=2, callbacks=[plateau])
    rates = [float(o._learning_rate(8)) for o in loaded.optimizer.optimizers]
    assert rates == [0.5, 2.0]


def test_a_loss_scale_may_wrap_the_groups():
    model = _model()
    optimizer = keras.mixed_precision.LossScaleOptimizer(
        tfs.layer_wise(model, keras.optimizers.SGD, _HALVING, {"head/w": 0.5})
    )
    rates, history = _fitted(model, optimizer, tfs.LearningRateLogger())
    assert rates == [[r, r, r, r / 2] for r in (1.0, 0.5, 0.25, 0.125)]
    assert history["learning_rate/optimizer/factor_0.5"] == [0.0625]


@pytest.mark.skipif(not _IS_KERAS_3, reason="tf_keras has neither")
def test_accumulated_gradients_and_a_constant_loss_scale():
    model = _model(["a", "b"])
    optimizer = tfs.layer_wise(
        model,
        keras.optimizers.SGD,
        1.0,
        {"a/w": 0.5},
        gradient_accumulation_steps=2,
        loss_scale_factor=8.0,
    )
    assert _fitted(model, optimizer)[0] == [[0, 0], [0.5, 1]] * 2


def test_moving_averages_replace_the_weights_after_training():
    model, plain = _model(["a", "b"]), _model(["a", "b"])
    options = {"use_ema": True, "ema_momentum": 0.5}
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, _HALVING, {"a/w": 0.5}, **options
    )
    _fitted(model, optimizer)
    _fitted(plain, keras.optimizers.SGD(_HALVING, **options))
    half, full = _weights(model)
    assert [full] * 2 == _weights(plain)
    assert half == full / 2
    assert full != -1.875  # the weight itself


def test_weight_decay_can_be_excluded_in_every_group():
    model = _model(["a", "b"])
    model.set_weights([np.float32(1.0), np.float32(1.0)])
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, 1.0, {"a/w": 0.5}, weight_decay=0.5
    )
    first, _ = model.trainable_variables
    optimizer.exclude_from_weight_decay([first])
    _apply(optimizer, model, 0.0, 0.0)
    assert _weights(model) == [1.0, 0.5]


def test_an_exclusion_leaves_what_was_built():
    model = _model(["a", "b"])
    options = {"momentum": 0.5, "weight_decay": 0.5}
    optimizer = tfs.layer_wise(
        model, keras.optimizers.SGD, 1.0, {"a/w": 0.5}, **options
    )
    first, second = model.trainable_variables
    optimizer.exclude_from_weight_decay([first])
    _apply(optimizer, model, 1.0, 1.0)
    optimizer.exclude_from_weight_decay([first, second])
    _apply(optimizer, model, 0.0, 0.0)
    assert _weights(model) == [-0.75, -1.5]


def test_all_weights_can_be_set():
    optimizer = _momentum(_layer_of_layers())
    inner = sum(len(o.variables) for o in optimizer.optimizers)
    assert len(optimizer.variables) > inner > 4
    values = [np.asarray(v) + 1 for v in optimizer.variables]
    optimizer.set_weights(values)
    for variable, value in zip(optimizer.variables, values, strict=True):
        assert np.asarray(variable) == value
