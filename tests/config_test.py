"""Configs are plain JSON, match Keras's where possible, and lose nothing."""

import copy
import json
import pickle

import cases
import cloudpickle
import numpy as np
import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules import CosineDecayRestarts, ExponentialDecay, OneCycle
from tf_schedules.core.serialization import deserialize
from tf_schedules.saving.freezing import frozen

_KERAS = tf.keras.optimizers.schedules


def _same(one, other):
    steps = [0, 1, 7, 313, 12345]
    assert type(one) is type(other)
    assert one(steps).numpy().tobytes() == other(steps).numpy().tobytes()
    assert one.get_config() == other.get_config()


@cases.every_keras_case
def test_the_config_equals_that_of_keras(case):
    theirs = getattr(_KERAS, case.schedule)
    schedule = case.make()
    # The default names are Keras 3's; tf_keras has none.
    arguments = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in case.arguments.items()
    }
    arguments["name"] = schedule.name
    assert schedule.get_config() == theirs(**arguments).get_config()
    theirs.from_config(schedule.get_config())
    ours = type(schedule).from_config(theirs(**arguments).get_config())
    _same(ours, schedule)


@pytest.mark.parametrize("name", sorted(cases.KERAS_CLASSES))
def test_the_signature_equals_that_of_keras(name):
    import inspect

    theirs = getattr(_KERAS, name)
    ours = inspect.signature(getattr(tf_schedules, name)).parameters
    assert list(ours) == list(inspect.signature(theirs).parameters)
    for name, parameter in inspect.signature(theirs).parameters.items():
        if name != "name" or tf.keras.__name__.startswith("keras"):
            assert ours[name].default == parameter.default


@cases.every_class
@cases.every_dtype
def test_round_trips_keep_the_schedule(case, dtype):
    schedule = case.make(dtype, name="my schedule/1")
    text = json.dumps(schedule.get_config())
    config = json.loads(text)
    assert ('"dtype"' in text) == (dtype != "float32")
    _same(type(schedule).from_config(config), schedule)
    serialized = json.loads(json.dumps(_KERAS.serialize(schedule)))
    _same(_KERAS.deserialize(serialized), schedule)
    _same(deserialize(serialized), schedule)
    _same(copy.copy(schedule), schedule)
    _same(copy.deepcopy(schedule), schedule)
    _same(pickle.loads(pickle.dumps(schedule)), schedule)
    _same(cloudpickle.loads(cloudpickle.dumps(schedule)), schedule)
    assert schedule.name == "my schedule/1"


def test_a_schedule_that_was_called_and_saved_can_be_copied(tmp_path):
    schedule = ExponentialDecay(0.1, 10, 0.9)
    schedule(1), schedule(1.5)
    tf.saved_model.save(schedule, str(tmp_path))
    _same(copy.deepcopy(schedule), schedule)
    _same(pickle.loads(pickle.dumps(schedule)), schedule)


@pytest.mark.parametrize("as_type", [np.float64, np.float32, float])
def test_tensors_numpy_and_variables_become_numbers(as_type):
    schedule = CosineDecayRestarts(
        tf.Variable(0.5),
        tf.constant(10),
        np.float64(2.0),
        tf.Variable(0.5, dtype=tf.bfloat16),
        as_type(0.25),
    )
    assert schedule.get_config() == {
        "initial_learning_rate": 0.5,
        "first_decay_steps": 10,
        "t_mul": 2.0,
        "m_mul": 0.5,
        "alpha": 0.25,
        "name": "SGDRDecay",
    }
    json.dumps(schedule.get_config())
    _same(CosineDecayRestarts.from_config(schedule.get_config()), schedule)


def test_copies_of_live_schedules_have_their_own_variables():
    rate = tf.Variable(1.0)
    schedule = ExponentialDecay(rate, 10, 0.5)
    shared = copy.copy(schedule)
    copies = [
        copy.deepcopy(schedule),
        pickle.loads(pickle.dumps(schedule)),
        cloudpickle.loads(cloudpickle.dumps(schedule)),
    ]
    rate.assign(4.0)
    assert float(shared(10)) == 2.0
    for other in copies:
        assert float(other(10)) == 0.5
        other.initial_learning_rate.assign(8.0)
        assert float(other(10)) == 4.0
    assert float(schedule(10)) == 2.0


def test_checkpoints_restore_the_variables(tmp_path):
    schedule = ExponentialDecay(tf.Variable(1.0), 10, 0.5)
    optimizer = tf.keras.optimizers.SGD(schedule)
    path = tf.train.Checkpoint(optimizer=optimizer).save(str(tmp_path / "c"))
    schedule.initial_learning_rate.assign(3.0)
    tf.train.Checkpoint(optimizer=optimizer).restore(path)
    assert float(schedule(10)) == 0.5


def test_the_name_scope_is_that_of_the_name():
    for name, scope in (("a1", "a1"), ("1st", "Schedule1st"), ("a b", "a_b")):
        schedule = ExponentialDecay(0.1, 10, 0.9, name=name)
        assert schedule.name_scope.name == f"{scope}/"


@pytest.mark.parametrize("name", [None, "", "a b", "1st", "SGDR/β", "x" * 99])
def test_any_text_is_a_valid_name(name):
    schedule = ExponentialDecay(0.1, 10, 0.9, name=name)
    assert schedule.name == name
    assert schedule.get_config()["name"] == name
    schedule(1)


def test_one_cycle_has_the_defaults_of_pytorch():
    schedule = OneCycle(1.0, 100)
    ends = schedule([0, 29, 99]).numpy().tolist()
    assert ends == pytest.approx([1 / 25, 1.0, 1 / 25 / 1e4])


def test_the_height_of_cycles_stays_by_default():
    schedule = tf_schedules.CyclicalLearningRate(0, 1, 2, mode="exp_range")
    assert schedule([2, 6, 10]).numpy().tolist() == [1.0, 1.0, 1.0]


def test_a_ramp_before_a_plateau_begins_at_0_by_default():
    assert float(tf_schedules.WarmupStableDecay(0.5, 4, 4, 4)(0)) == 0.0


def test_a_power_decay_begins_at_its_initial_rate_by_default():
    schedule = tf_schedules.PowerDecay(0.5, -1.0)
    assert schedule([0, 1, 4]).numpy().tolist() == pytest.approx(
        [0.5, 0.25, 0.1]
    )


def test_the_default_name_is_that_of_the_class():
    of_keras = {
        "CosineDecayRestarts": "SGDRDecay",
        "PiecewiseConstantDecay": "PiecewiseConstant",
    }
    for case in cases.FIRSTS.values():
        want = of_keras.get(case.schedule, case.schedule)
        assert case.make().name == want


@pytest.mark.parametrize("name", [None, "", "a b", "1st", "SGDR/β", "_x", "中"])
def test_copies_keep_the_name(name):
    for case in cases.FIRSTS.values():
        schedule = case.make(name=name)
        for again in (
            copy.copy(schedule),
            copy.deepcopy(schedule),
            pickle.loads(pickle.dumps(schedule)),
            frozen(schedule),
            schedule.with_precision("float32").with_precision("float64"),
            deserialize(tf_schedules.serialize(schedule)),
        ):
            assert again.name == name, case.schedule
            assert again.get_config() == schedule.get_config()
        schedule(1)


@pytest.mark.parametrize("class_name", ["_Mine", "__", "Größe", "_1st"])
def test_a_class_may_have_any_name(class_name):
    """It names the operations, whose names have stricter rules."""

    class Base(tf_schedules.Schedule):
        def __init__(self, initial_learning_rate, name=None):
            super().__init__(name)
            self.initial_learning_rate = initial_learning_rate

        def _formula(self, step, initial_learning_rate):
            return initial_learning_rate

    schedule = type(Base)(class_name, (Base,), {})(0.5)
    assert schedule(1) == 0.5
    assert deserialize(tf_schedules.serialize(schedule))(1) == 0.5


def test_a_name_that_is_not_text_is_refused():
    with pytest.raises(TypeError, match="name must be a string or None"):
        ExponentialDecay(0.1, 10, 0.9, name=3)


def test_a_config_may_hold_a_variable():
    rate = tf.Variable(0.1, dtype=tf.float64)
    config = ExponentialDecay(rate, 10, 0.9).get_config()
    assert config["dtype"] == "float64"
    schedule = ExponentialDecay.from_config(
        config | {"initial_learning_rate": rate}
    )
    assert schedule.variables == (rate,)


def test_a_sum_of_one_part_has_a_config():
    alone = tf_schedules.Sum([ExponentialDecay(0.1, 10, 0.9)])
    assert len(alone.get_config()["schedules"]) == 1


def test_variables_have_no_config_in_a_graph():
    schedule = ExponentialDecay(tf.Variable(0.1), 10, 0.9)

    @tf.function
    def read():
        with pytest.raises(ValueError, match="is symbolic and has no value"):
            schedule.get_config()
        return 0

    read()


def test_symbolic_tensors_have_no_config():
    @tf.function
    def build(rate):
        schedule = ExponentialDecay(rate, 10, 0.9)
        with pytest.raises(ValueError, match="is symbolic and has no value"):
            schedule.get_config()
        return schedule(1)

    build(tf.constant(0.1))


def test_tensors_with_a_value_have_a_config_while_a_graph_is_built():
    schedule = ExponentialDecay(tf.constant(0.5), 10, 0.9)
    configs = []

    @tf.function
    def build():
        configs.append(schedule.get_config())

    build()
    assert configs == [schedule.get_config()]


def test_serialized_keras_schedules_become_ours():
    theirs = _KERAS.ExponentialDecay(0.1, 10, 0.9)
    ours = deserialize(_KERAS.serialize(theirs))
    assert type(ours) is ExponentialDecay
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize(
    "serialized",
    [
        None,
        "ExponentialDecay",
        {},
        {"class_name": "ExponentialDecay"},
        {"class_name": "CosineDecayy", "config": {}},
        {"class_name": "x", "config": {}, "registered_name": "other>x"},
        {"class_name": "os.system", "config": {}},
    ],
)
def test_malformed_serialized_schedules_are_refused(serialized):
    with pytest.raises(ValueError, match="must be"):
        deserialize(serialized)


@pytest.mark.parametrize(
    "change", [{"decay_step": 1}, {"decay_steps": None}, {"decay_rate": ...}]
)
def test_errors_about_configs_name_the_fault(change):
    config = tf_schedules.ExponentialDecay(0.1, 10, 0.9).get_config() | change
    if ... in config.values():
        del config["decay_rate"]
    (name,) = change
    with pytest.raises(TypeError, match=name):
        ExponentialDecay.from_config(config)


@cases.every_case
def test_evaluating_repr_recreates_the_schedule(case):
    names = vars(tf_schedules) | {"HalvedAt": cases.HalvedAt}
    for schedule in (
        case.make(),
        case.make(name="other"),
        case.make().with_precision("float32"),
    ):
        again = eval(repr(schedule), dict(names))
        assert again.get_config() == schedule.get_config()
        assert repr(again) == repr(schedule)


def test_repr_omits_default_arguments():
    decay = tf_schedules.CosineDecay(0.1, 1000)
    for text in (
        "CosineDecay(0.1, 1000)",
        "CosineDecayRestarts(0.1, 1000, m_mul=0.9)",
        "CosineDecayRestarts(0.1, 1000.0, t_mul=1.0, name='own')",
        "CosineDecay(0.1, 1000).with_precision('float32')",
        "Adjustable(Constant(0.1), edits=((10, 0.5),))",
        "Warmup(CosineDecay(0.1, 1000), 10, shape='cosine')",
        "Sequence((Constant(0.1), Constant(0.01)), (10,))",
    ):
        assert repr(eval(text, dict(vars(tf_schedules)))) == text
    variable = tf.Variable(0.0)
    assert "alpha=<tf.Variable" in repr(
        tf_schedules.CosineDecay(0.1, 1000, variable)
    )
    assert repr(decay) in repr(2.0 * decay)


def test_repr_is_the_call_that_makes_the_schedule():
    schedule = ExponentialDecay(0.1, 10, 0.9, name="x")
    assert eval(repr(schedule)).get_config() == schedule.get_config()
