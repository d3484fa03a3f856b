"""Plain configs work in any mappings, and follow rules for class names.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import collections
import json

import cases
import pytest
import tensorflow as tf

import tf_schedules as tfs
from tf_schedules.core import registry

_KERAS = tf.keras.optimizers.schedules


def _nested() -> tfs.Schedule:
    return tfs.Warmup(
        tfs.Sequence(
            [
                tfs.PiecewiseConstantDecay([10, 20], [0.3, 0.2, 0.1]),
                tfs.ExponentialDecay(tfs.bounded(0.2, 0.1, 0.5), 3, 0.5),
                tfs.PiecewiseInterpolation(
                    tfs.increasing([0.0, 9.0]), [1.0, 0.5]
                ),
            ],
            [15, 40],
        ),
        5,
    ) * tfs.Adjustable(tfs.CosineDecay(0.1, 90), 4, [(2, 0.5), (20, 0.25)])


def _assert_same(one, other):
    assert type(one) is type(other)
    assert tfs.serialize(one) == tfs.serialize(other)
    steps = [0, 1, 7, 12, 25, 41, 45, 1000]
    assert one(steps).numpy().tobytes() == other(steps).numpy().tobytes()


def _map_json(value, of_dict, of_list, of_number=lambda x: x):
    """A JSON value with its dicts, lists and numbers replaced."""
    if isinstance(value, dict):
        return of_dict(
            {
                k: _map_json(v, of_dict, of_list, of_number)
                for k, v in value.items()
            }
        )
    if isinstance(value, list):
        return of_list(
            [_map_json(v, of_dict, of_list, of_number) for v in value]
        )
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return of_number(value) if is_number else value


class _Bare:
    """A mapping with only keys and values, as in some libraries."""

    def __init__(self, values):
        self._values = values

    def keys(self):
        return self._values.keys()

    def __getitem__(self, key):
        return self._values[key]


@cases.every_class
def test_serialize_matches_that_of_keras(case):
    schedule = case.make()
    serialized = tfs.serialize(schedule)
    assert serialized == _KERAS.serialize(schedule)
    assert json.loads(json.dumps(serialized)) == serialized
    _assert_same(tfs.deserialize(serialized), schedule)


def test_only_schedules_of_this_package_are_serialized():
    for other in (0.1, None, _KERAS.CosineDecay(0.1, 10), tfs.Constant):
        with pytest.raises(TypeError, match="schedule must be a schedule of"):
            tfs.serialize(other)


@pytest.mark.parametrize(
    ("of_dict", "of_list"),
    [
        (dict, tuple),
        (collections.UserDict, collections.UserList),
        (collections.OrderedDict, collections.deque),
        (_Bare, list),
    ],
)
def test_mappings_and_sequences_of_any_class_are_accepted(of_dict, of_list):
    schedule = _nested()
    serialized = _map_json(tfs.serialize(schedule), of_dict, of_list)
    _assert_same(tfs.deserialize(serialized), schedule)


def test_omegaconf_configs_are_accepted():
    omegaconf = pytest.importorskip("omegaconf")
    schedule = _nested()
    config = omegaconf.OmegaConf.create(tfs.serialize(schedule))
    assert type(config.config.schedules).__name__ == "ListConfig"
    _assert_same(tfs.deserialize(config), schedule)
    text = omegaconf.OmegaConf.to_yaml(config)
    _assert_same(tfs.deserialize(omegaconf.OmegaConf.create(text)), schedule)
    config = omegaconf.OmegaConf.create(
        {"steps": 9, "rate": {"class_name": "CosineDecay", "config": {}}}
    )
    config.rate.config = {"initial_learning_rate": 0.1, "decay_steps": "???"}
    config.rate.config.decay_steps = "${steps}"
    assert tfs.deserialize(config.rate).decay_steps == 9


@pytest.mark.parametrize("frozen", [False, True])
def test_ml_collections_configs_are_accepted(frozen):
    ml_collections = pytest.importorskip("ml_collections")
    schedule = tfs.Warmup(tfs.PiecewiseConstantDecay([10], [0.3, 0.2]), 5)
    config = ml_collections.ConfigDict(tfs.serialize(schedule))
    config = ml_collections.FrozenConfigDict(config) if frozen else config
    _assert_same(tfs.deserialize(config), schedule)


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "Warmup"},
        {"class_name": "Warmup", "module": None, "registered_name": None},
        {"class_name": "Warmup", "module": "tf_schedules.composition"},
        {"class_name": "tf_schedules>Warmup"},
        {"class_name": "any", "registered_name": "tf_schedules>Warmup"},
        {"class_name": "Warmup", "shared_object_id": 3, "build_config": {}},
    ],
)
def test_a_class_may_be_named_in_several_ways(entry):
    inner = {"class_name": "Constant", "config": {"learning_rate": 0.5}}
    config = {"schedule": inner, "warmup_steps": 4}
    schedule = tfs.deserialize(entry | {"config": config})
    _assert_same(schedule, tfs.Warmup(tfs.Constant(0.5), 4))
    # Keras's own function returns a name without the package as a string.
    if entry == {"class_name": "Warmup"}:
        assert _KERAS.deserialize(entry | {"config": config}) == "Warmup"


@cases.every_keras_case
def test_configs_of_keras_schedules_become_ours(case):
    theirs = getattr(_KERAS, case.schedule)(
        **{
            name: list(value) if isinstance(value, tuple) else value
            for name, value in case.arguments.items()
        }
    )
    want = tfs.from_keras(theirs)
    serialized = _KERAS.serialize(theirs)
    assert serialized["registered_name"] is None
    _assert_same(tfs.deserialize(serialized), want)
    for module in ("keras.optimizers.schedules", "tf_keras.optimizers", None):
        _assert_same(tfs.deserialize(serialized | {"module": module}), want)
    del serialized["module"], serialized["registered_name"]
    _assert_same(tfs.deserialize(serialized), want)
    nested = {"schedule": serialized, "factor": 2.0}
    _assert_same(
        tfs.deserialize({"class_name": "Scaled", "config": nested}),
        tfs.Scaled(want, 2.0),
    )


def _halving(package):
    """A class of a user's package; each call defines it again."""

    class Halving(tfs.Schedule):
        __module__ = f"{package}.schedules"

        def __init__(self, initial_learning_rate, name="Halving"):
            super().__init__(name)
            self.initial_learning_rate = initial_learning_rate

        def _formula(self, step, initial_learning_rate):
            return initial_learning_rate * 0.5 ** tf.cast(step, tf.float64)

    return Halving


def test_schedules_of_other_packages_round_trip():
    for package in ("my_package", "__main__"):
        cls = _halving(package)
        schedule = tfs.Scaled(cls(0.5), 2.0)
        serialized = tfs.serialize(schedule)
        _assert_same(tfs.deserialize(serialized), schedule)
        entry = {"config": {"initial_learning_rate": 0.5}}
        for name in (
            {"class_name": f"{package}>Halving"},
            {"class_name": "Halving", "module": f"{package}.schedules"},
        ):
            assert type(tfs.deserialize(entry | name)) is cls
        with pytest.raises(ValueError, match=">Halving' is meant"):
            tfs.deserialize(entry | {"class_name": "Halving"})


def test_the_last_definition_of_a_class_counts():
    """This happens in a notebook when a cell runs again."""
    former, later = _halving("my_package"), _halving("my_package")
    made = tfs.deserialize(tfs.serialize(former(0.5)))
    assert type(made) is later
    # Schedules of the earlier class still work.
    assert tfs.serialize(tfs.Scaled(former(0.5), 2.0)) == tfs.serialize(
        tfs.Scaled(later(0.5), 2.0)
    )


def test_no_other_class_can_replace_one_of_this_package():
    for place in ("tf_schedules.plugin", "tf_schedules"):
        with pytest.raises(
            ValueError, match="must not be that of tf_schedules"
        ):
            type(tfs.Schedule)(
                "Warmup",
                (tfs.Schedule,),
                {
                    "__module__": place,
                    "__qualname__": "_f.<locals>.Warmup",
                    "__init__": lambda self, name=None: None,
                },
            )
    assert registry.class_named("Warmup") is tfs.Warmup
    assert (
        tf.keras.utils.get_registered_object("tf_schedules>Warmup")
        is tfs.Warmup
    )


def test_modules_of_this_package_can_be_reloaded():
    cls = tfs.Constant
    members = {"__module__": cls.__module__, "__qualname__": "Constant"}
    again = type(cls)("Constant", (cls,), members)
    try:
        assert registry.class_named("Constant") is again
    finally:
        registry.register(cls)
    assert type(tfs.deserialize(tfs.serialize(again(0.5)))) is cls


def test_classes_of_the_same_name_differ_by_package():
    class Warmup(tfs.Schedule):
        __module__ = "my_package"

        def __init__(self, initial_learning_rate, name=None):
            super().__init__(name)
            self.initial_learning_rate = initial_learning_rate

    serialized = tfs.serialize(Warmup(0.5))
    assert serialized["registered_name"] == "my_package>Warmup"
    assert type(tfs.deserialize(serialized)) is Warmup
    config = {"schedule": 0.5, "warmup_steps": 4}
    made = tfs.deserialize({"class_name": "Warmup", "config": config})
    assert type(made) is tfs.Warmup


def test_classes_registered_only_with_keras_are_refused():
    @tf.keras.utils.register_keras_serializable("my_package")
    class Theirs(_KERAS.LearningRateSchedule):
        def __call__(self, step):
            return 0.1

        def get_config(self):
            return {}

    serialized = _KERAS.serialize(Theirs())
    with pytest.raises(ValueError, match="does not inherit from tf_schedules"):
        tfs.deserialize(serialized)
    nested = {"schedule": serialized, "factor": 2.0}
    with pytest.raises(ValueError, match="does not inherit from tf_schedules"):
        tfs.deserialize({"class_name": "Scaled", "config": nested})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Warmpu", "tf_schedules>Warmup"),
        ("warmup", "tf_schedules>Warmup"),
        ("cosine_decay", "tf_schedules>CosineDecay"),
        ("tf_schedules>OneCycles", "tf_schedules>OneCycle"),
        ("keras>ExponentialDecay", "tf_schedules>ExponentialDecay"),
        ("near_package>Warmpu", "near_package>Warmup"),
    ],
)
def test_errors_suggest_the_nearest_name(name, meant):
    type(tfs.Schedule)(
        "Warmup", (_halving("any"),), {"__module__": "near_package"}
    )
    advice = f"Perhaps '{meant}' is meant. Import the module"
    with pytest.raises(ValueError, match=advice):
        tfs.deserialize({"class_name": name, "config": {}})


def test_a_registered_name_without_a_package_gets_a_suggestion():
    type(tfs.Schedule)(
        "Quadrupling", (_halving("any"),), {"__module__": "near_package"}
    )
    serialized = {"class_name": "Quadrupling", "config": {}}
    with pytest.raises(ValueError, match="'near_package>Quadrupling' is meant"):
        tfs.deserialize({**serialized, "registered_name": "Quadruplings"})


@pytest.mark.parametrize(
    "serialized",
    [
        0.1,
        tfs.Constant(0.1),
        [{"class_name": "Constant", "config": {"learning_rate": 0.1}}],
        {"class_name": "Constant", "config": None},
        {"class_name": "Constant", "config": [0.1]},
        {"class_name": 5, "config": {}},
        {"class_name": "Nothing", "config": {}, 5: 6},
        {"class_name": "Constant", "config": {}, "registered_name": ["x"]},
        {"class_name": "system", "module": "os", "config": {}},
        {"class_name": "Constant", "module": "elsewhere", "config": {}},
        {"class_name": "x" * 10**6, "config": {"y" * 10**6: ["z"] * 10**6}},
        {
            "class_name": ["x"] * 10**6,
            "config": {str(i): i for i in range(999)},
        },
    ],
    ids=range(12),
)
def test_errors_are_short(serialized):
    with pytest.raises(ValueError, match="must be") as caught:
        tfs.deserialize(serialized)
    assert len(str(caught.value)) < 600


@cases.every_class
def test_whole_numbers_may_be_floats_and_vice_versa(case):
    """YAML files and other languages write them so."""
    schedule = case.make()
    serialized = tfs.serialize(schedule)
    steps = case.steps[:: max(1, len(case.steps) // 40)]
    want = schedule(steps).numpy()
    for change in (
        float,
        lambda x: int(x) if float(x).is_integer() else x,
    ):
        changed = _map_json(serialized, dict, list, change)
        again = tfs.deserialize(changed)
        assert again(steps).numpy().tobytes() == want.tobytes()
        assert again.dtype == schedule.dtype
