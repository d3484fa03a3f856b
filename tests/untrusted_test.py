"""Loading runs nothing from a file, and its errors say what is wrong."""

import json
import random
import sys

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import tf_schedules


@pytest.fixture
def exported(tmp_path):
    schedule = tf_schedules.ExponentialDecay(0.1, 10, 0.9)
    return tf_schedules.export(schedule, tmp_path)


def _forge(path, config):
    """Replaces the config by another text."""
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((path / "saved_model.pb").read_bytes())
    (node,) = (
        node
        for function in proto.meta_graphs[0].graph_def.library.function
        for node in function.node_def
        if node.op == "Const"
        and b"class_name" in b"".join(node.attr["value"].tensor.string_val)
    )
    text = config if isinstance(config, str) else json.dumps(config)
    node.attr["value"].tensor.string_val[0] = text.encode()
    (path / "saved_model.pb").write_bytes(proto.SerializeToString())


def _entry(class_name, registered_name=None, module=None, config=None):
    return {
        "module": module,
        "class_name": class_name,
        "config": config or {},
        "registered_name": registered_name,
    }


_RATE = {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}


@pytest.mark.parametrize(
    "entry",
    [
        _entry("system", None, "os"),
        _entry("system", "os>system", "os"),
        _entry("Lambda", None, "keras.layers"),
        # Keras would return its own class, or the name as a string.
        _entry("ExponentialDecay", "ExponentialDecay", "keras", _RATE),
        _entry("ExponentialDecay", "keras>ExponentialDecay", None, _RATE),
        _entry("Nothing"),
        _entry("Popen", "tf_schedules>Popen", "subprocess"),
    ],
)
def test_foreign_classes_are_refused(exported, entry):
    _forge(exported, entry)
    with pytest.raises(ValueError, match="class_name must be one of"):
        tf_schedules.load(exported)
    # The same holds inside another schedule.
    nested = {"schedule": entry, "factor": 2.0}
    _forge(exported, _entry("Scaled", "tf_schedules>Scaled", None, nested))
    with pytest.raises(ValueError, match="class_name must be one of"):
        tf_schedules.load(exported)


@tf.keras.utils.register_keras_serializable("untrusted_test")
class Layer(tf.keras.layers.Layer):
    """A registered class that is not a schedule; its config may do anything."""

    @classmethod
    def from_config(cls, config):
        raise AssertionError("a layer was made")


@tf.keras.utils.register_keras_serializable("untrusted_test")
def function(step):
    raise AssertionError("a function was called")


_SCHEDULE = tf.keras.optimizers.schedules.LearningRateSchedule


@tf.keras.utils.register_keras_serializable("untrusted_test")
class Registered(_SCHEDULE):
    def __call__(self, step):
        return 0.5

    def get_config(self):
        return {}


@pytest.mark.parametrize(
    "entry",
    [
        _entry("system", "os>system", "os"),
        _entry("Lambda", None, "keras.layers"),
        _entry("Layer", "untrusted_test>Layer", "untrusted_test"),
        _entry("function", "untrusted_test>function", "untrusted_test"),
        _entry("function", "function", "builtins"),
        _entry("geohash", "antigravity>geohash", "antigravity"),
        _entry("LearningRateSchedule", None, "keras"),
        _entry("CosineDecay", "CosineDecay", "keras.optimizers.schedules"),
    ],
)
def test_only_schedules_are_made_from_classes_that_keras_knows(exported, entry):
    """This includes the function of a schedule."""
    for config in (
        {"function": entry},
        {"function": _entry("Scaled", None, None, {"schedule": entry})},
    ):
        of_function = _entry("FromFunction", None, None, config)
        for outer in (
            of_function,
            _entry("Scaled", None, None, {"schedule": of_function}),
        ):
            _forge(exported, outer)
            with pytest.raises(ValueError, match="class_name must be one of"):
                tf_schedules.load(exported)
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("function", [None, "f", 1, [], {}, {"class_name": 1}])
def test_configs_without_a_valid_function_are_refused(exported, function):
    _forge(exported, _entry("FromFunction", None, None, {"function": function}))
    with pytest.raises(ValueError, match="path must be an intact SavedModel"):
        tf_schedules.load(exported)


def test_a_registered_keras_schedule_is_made_only_as_a_function(exported):
    entry = _entry("Registered", "untrusted_test>Registered")
    _forge(exported, _entry("FromFunction", None, None, {"function": entry}))
    assert float(tf_schedules.load(exported)(3)) == 0.5
    for outer in (entry, _entry("Scaled", None, None, {"schedule": entry})):
        _forge(exported, outer)
        with pytest.raises(ValueError, match="class_name must be one of"):
            tf_schedules.load(exported)


def test_a_config_cannot_run_a_graph_as_a_function(exported):
    config = {"path": str(exported), "name": "s"}
    entry = _entry("SavedModelSchedule", None, None, config)
    _forge(exported, _entry("FromFunction", None, None, {"function": entry}))
    with pytest.raises(ValueError, match="must not be made from a config"):
        tf_schedules.load(exported)


def test_no_module_is_imported(exported):
    assert "antigravity" not in sys.modules
    _forge(exported, _entry("geohash", "antigravity>geohash", "antigravity"))
    with pytest.raises(ValueError, match="class_name must be one of"):
        tf_schedules.load(exported)
    assert "antigravity" not in sys.modules


def test_no_graph_is_run(exported, tmp_path):
    """A schedule's config cannot name another file's graph."""
    config = {"path": str(exported), "name": "s"}
    _forge(
        exported,
        _entry(
            "SavedModelSchedule",
            "tf_schedules>SavedModelSchedule",
            None,
            config,
        ),
    )
    with pytest.raises(ValueError, match="must not be made from a config"):
        tf_schedules.load(exported)


@pytest.mark.parametrize(
    "config",
    [
        "",
        "no JSON",
        "[]",
        "null",
        '"ExponentialDecay"',
        "[" * 100_000,
        _entry("ExponentialDecay", None, None, {"initial_learning_rate": 0.1}),
        _entry("ExponentialDecay", None, None, _RATE | {"decay_steps": "10"}),
        _entry("ExponentialDecay", None, None, _RATE | {"decay_steps": -1}),
        _entry("ExponentialDecay", None, None, _RATE | {"more": 1}),
        _entry("ExponentialDecay", None, None, _RATE | {"dtype": "int8"}),
        _entry("ExponentialDecay", None, None, _RATE | {"dtype": []}),
        _entry("ExponentialDecay", None, None, _RATE | {"name": 5}),
        _entry("Product", None, None, {"schedules": 5}),
        _entry("Adjustable", None, None, {"schedule": 0.1, "capacity": 10**10}),
        _entry("Constant", None, None, {"learning_rate": 10**400}),
    ],
)
def test_configs_that_make_no_schedule_are_refused(exported, config):
    _forge(exported, config)
    with pytest.raises(ValueError, match="path must be an intact SavedModel"):
        tf_schedules.load(exported)


def test_truncated_files_are_refused(exported):
    proto = exported / "saved_model.pb"
    data = proto.read_bytes()
    for length in (0, 1, 7, 100, len(data) // 2, len(data) - 1):
        proto.write_bytes(data[:length])
        with pytest.raises(ValueError, match="path must be an intact SavedMo"):
            tf_schedules.load(exported)
    proto.unlink()
    with pytest.raises(FileNotFoundError, match="path must be a SavedModel"):
        tf_schedules.load(exported)
    proto.mkdir()
    with pytest.raises(FileNotFoundError, match="path must be a SavedModel"):
        tf_schedules.load(exported)


def _writer(target):
    """A SavedModel that writes a file as soon as TensorFlow loads it."""

    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.HashTableV2(
                key_dtype=tf.int64, value_dtype=tf.int64
            )

        def _initialize(self):
            tf.io.write_file(target, "here")

    module = tf.Module()
    module.resource = Resource()
    module.rate = tf.function(
        lambda step: tf.cast(step, tf.float32),
        [tf.TensorSpec([None], tf.int64)],
    )
    return module


def test_a_file_without_a_config_is_not_run(tmp_path):
    """Neither is a file of this package whose config was removed."""
    target = tmp_path / "written"
    module, path = _writer(str(target)), str(tmp_path / "other")
    tf.saved_model.save(module, path, signatures=module.rate)
    target.unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"SavedModelSchedule\(path\)"):
        tf_schedules.load(path)
    assert not target.exists()
    # This proves that the check above can fail.
    tf_schedules.SavedModelSchedule(path)
    assert target.exists()


def test_a_config_under_another_name_is_not_read(exported):
    proto = exported / "saved_model.pb"
    data = proto.read_bytes()
    proto.write_bytes(data.replace(b"schedule_config", b"schedule_c0nfig"))
    with pytest.raises(ValueError, match="It has no config"):
        tf_schedules.load(exported)


def test_damaged_bytes_give_a_schedule_or_one_kind_of_error(exported):
    """Any byte may be wrong."""
    proto = exported / "saved_model.pb"
    data = proto.read_bytes()
    source = random.Random(1)
    refused = whole = 0
    for _ in range(2000):
        damaged = bytearray(data)
        for _ in range(source.choice([1, 20])):
            place = source.randrange(len(data))
            damaged[place] ^= 1 << source.randrange(8)
        proto.write_bytes(damaged)
        try:
            tf_schedules.load(exported)
        except ValueError as error:
            refused += str(error).startswith("path must be an intact SavedMod")
        else:
            whole += 1
    assert refused + whole == 2000
    assert min(refused, whole) > 100
