"""Files of earlier releases still load, with the same rates.

Runs with Keras 3 and, by flavour_test.py, with tf_keras, each on its own
models. `records/write.py` wrote the records.
"""

import json
import pathlib
import pickle

import numpy as np
import pytest
import tensorflow as tf
from modules import module_at

import tf_schedules as tfs

_RECORDS = pathlib.Path(__file__).parent / "records"
_KERAS = "keras" if hasattr(tf.keras, "Variable") else "tf_keras"
every_release = pytest.mark.parametrize(
    "folder",
    [path for path in sorted(_RECORDS.iterdir()) if path.name[0].isdigit()],
    ids=lambda path: path.name,
)


_WRITER = module_at(_RECORDS / "write.py")


def _rates(folder) -> dict[str, list[float]]:
    """The recorded rates at the writer's steps, by schedule."""
    recorded = json.loads((folder / "schedules.json").read_text())["rates"]
    return {n: [*map(float.fromhex, rates)] for n, rates in recorded.items()}


def _rates_of(schedule) -> list[float]:
    return [float(schedule(step)) for step in _WRITER.STEPS]


def _saved_models(folder):
    """The schedule's name, folder and version folder of each SavedModel."""
    for path in sorted(folder.rglob("saved_model.pb")):
        top = path.relative_to(folder).parts[0]
        yield top.partition("-")[0], folder / top, path.parent


def _without_modules(config):
    """A config without the modules of classes, which have moved since."""
    if isinstance(config, list):
        return [*map(_without_modules, config)]
    if not isinstance(config, dict):
        return config
    return {
        key: _without_modules(value)
        for key, value in config.items()
        if key != "module"
    }


def _changed(schedules):
    """Schedules whose variables all differ from the recorded values."""
    for schedule in schedules:
        for variable in schedule.variables:
            is_factors = variable.dtype == tf.float64
            changed = 0.5 * variable if is_factors else variable + 1
            variable.assign(tf.cast(changed, variable.dtype))


@every_release
def test_there_is_a_record_of_every_class(folder):
    """This keeps the other tests from passing for lack of files."""
    configs = json.loads((folder / "schedules.json").read_text())["configs"]
    assert set(configs) == set(_rates(folder))
    names = set(json.dumps(configs).split('"'))
    classes = {name for name in vars(tfs) if f"tf_schedules>{name}" in names}
    assert len(classes) >= 20
    for keras in ("keras", "tf_keras"):
        assert len([*folder.glob(f"{keras}-*.keras")]) == 3
        assert len([*folder.glob(f"{keras}-*.index")]) == 3
    assert len([*_saved_models(folder)]) == 5


@every_release
@pytest.mark.parametrize("form", ["json", "pickle"])
def test_recorded_configs_give_the_recorded_rates(folder, form):
    if form == "json":
        configs = json.loads((folder / "schedules.json").read_text())["configs"]
    else:
        configs = pickle.loads((folder / "configs.pickle").read_bytes())
    for name, rates in _rates(folder).items():
        schedule = tfs.deserialize(configs[name])
        assert _rates_of(schedule) == rates, name
        config = _without_modules(tfs.serialize(schedule))
        assert config == _without_modules(configs[name]), name
        theirs = tf.keras.optimizers.schedules.deserialize(configs[name])
        assert _rates_of(theirs) == rates, name


@every_release
def test_recorded_checkpoints_restore_schedules(folder):
    made = _WRITER.schedules()
    _changed(made.values())
    rates = _rates(folder)
    live = {name for name in made if _rates_of(made[name]) != rates[name]}
    assert live == {"variables", "learnable", "adjustable"}
    status = tf.train.Checkpoint(**made).read(
        str(folder / "schedules-checkpoint")
    )
    status.assert_consumed().assert_existing_objects_matched()
    for name, schedule in made.items():
        assert _rates_of(schedule) == rates[name], name


@every_release
def test_recorded_models_load_with_their_schedules(folder):
    rates = _rates(folder)
    for path in folder.glob(f"{_KERAS}-*.keras"):
        name = path.stem.partition("-")[2]
        model = tf.keras.models.load_model(path)
        assert _rates_of(model.optimizer._learning_rate) == rates[name]
        assert int(model.optimizer.iterations) == 4
        data = np.ones([8, 1], np.float32)
        model.fit(data, data, batch_size=2, verbose=0)
        assert int(model.optimizer.iterations) == 8


@every_release
def test_recorded_checkpoints_restore_optimizers(folder):
    rates = _rates(folder)
    for path in folder.glob(f"{_KERAS}-*-checkpoint.index"):
        name = path.stem.split("-")[1]
        schedule = _WRITER.schedules()[name]
        _changed([schedule])
        assert (_rates_of(schedule) == rates[name]) == (name != "adjustable")
        optimizer = tf.keras.optimizers.Adam(schedule)
        # The same variables as in the writer's model, in the same order.
        weights = tf.keras.layers.Dense(1)
        weights.build([None, 1])
        optimizer.build(weights.trainable_variables)
        checkpoint = tf.train.Checkpoint(schedule=schedule, optimizer=optimizer)
        status = checkpoint.read(str(path.with_suffix("")))
        status.assert_existing_objects_matched().assert_consumed()
        assert int(optimizer.iterations) == 4
        assert _rates_of(schedule) == rates[name]


@every_release
def test_recorded_saved_models_give_the_recorded_rates(folder):
    rates = _rates(folder)
    for name, path, version in _saved_models(folder):
        assert _rates_of(tfs.load(path)) == rates[name], path.name
        restored = tf.saved_model.load(str(version))
        serve = restored.signatures["serving_default"]
        batch = serve(tf.constant(_WRITER.STEPS, tf.int64))["learning_rate"]
        for got in (_rates_of(restored), batch.numpy().tolist()):
            if path.name.endswith("-float32"):
                worst = np.max(np.abs(np.subtract(got, rates[name])))
                assert worst <= 2e-7 * max(rates[name]), path.name
            else:
                assert got == rates[name], path.name


@every_release
def test_recorded_adjustables_still_take_edits(folder):
    """An edit takes effect in a SavedModel exported with variables."""
    restored = tf.saved_model.load(str(folder / "adjustable-live" / "1"))
    before = float(restored(50))
    variables = restored.signatures["serving_default"].variables
    (factors,) = (v for v in variables if v.dtype == tf.float64)
    factors.assign(2.0 * factors)
    assert float(restored(50)) == 2.0 * before
