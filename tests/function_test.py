"""Any function of the step works as a schedule, or is refused with a reason."""

import copy
import json
import pickle

import cases
import numpy as np
import pytest
import tensorflow as tf
import traces

import tf_schedules as tfs
from tf_schedules.core import functions

_KERAS = tf.keras.optimizers.schedules
_STEPS = np.array([0, 1, 2, 7, 100, 10**6])


class Inverse(_KERAS.LearningRateSchedule):
    """A schedule as users of Keras write it, with a variable."""

    def __init__(self, rate=0.5):
        self.rate = tf.Variable(rate)

    def __call__(self, step):
        assert step.dtype == tf.int64
        return self.rate / (1.0 + tf.cast(step, tf.float32))

    def get_config(self):
        return {"rate": float(self.rate)}


tf.keras.utils.register_keras_serializable("function_test")(Inverse)


class InverseModule(tf.Module):
    def __init__(self):
        super().__init__()
        self.inverse = Inverse()
        self.rate = self.inverse.rate

    def __call__(self, step):
        return self.inverse(step)


_TABLE = tf.constant([1.0, 0.5, 0.25])


def _by_table(step):
    return tf.gather(_TABLE, tf.minimum(step, 2))


def _by_branch(step):
    return tf.cond(step < 5, lambda: 0.5, lambda: 0.25)


def _by_sum(step):
    """A function that adds up all steps of a vector."""
    return tf.reduce_sum(tf.where(step < 5, 0.5, 0.25))


@tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
def _by_signature(step):
    return 1.0 / tf.cast(step + 1, tf.float32)


def _by_shape(step):
    assert step.shape == ()
    return 1.0 / tf.cast(step + 1, tf.float32)


_FUNCTIONS = {
    "keras": Inverse(),
    "module": InverseModule(),
    "number": lambda step: 0.1,
    "NumPy": lambda step: np.float32(0.1),
    "lambda": lambda step: 1.0 / tf.cast(step + 1, tf.float64),
    "polymorphic": tf.function(lambda step: 1.0 / tf.cast(step + 1, "float32")),
    "half": lambda step: 1.0 / tf.cast(step + 1, tf.float16),
    "table": _by_table,
    "branch": _by_branch,
    "sum": _by_sum,
    "signature": _by_signature,
    "shape": _by_shape,
}
every_function = pytest.mark.parametrize("name", _FUNCTIONS)


@every_function
def test_every_way_to_evaluate_gives_the_rates_of_single_steps(name, tmp_path):
    function = _FUNCTIONS[name]
    schedule = tfs.FromFunction(function)
    ones = [function(tf.constant(s, tf.int64)) for s in _STEPS]
    want = np.array([np.float32(one) for one in ones])
    steps = tf.constant(_STEPS)
    ways = {
        "vector": schedule(_STEPS),
        "scalars": [schedule(step) for step in _STEPS],
        "fractions": schedule(_STEPS + 0.5),
        "matrix": tf.reshape(schedule(_STEPS.reshape(2, 3)), [-1]),
        "graph": tf.function(schedule)(steps),
        "one in a graph": [tf.function(schedule)(step) for step in steps],
        "XLA": tf.function(schedule, jit_compile=True)(steps),
        "inside": tfs.Sequence([1.0, function], [10])(_STEPS + 10),
    }
    for variables in (True, False):
        path = tfs.export(schedule, tmp_path, variables=variables)
        restored = tf.saved_model.load(str(path))
        serve = restored.signatures["serving_default"]
        scalar = restored.signatures["scalar"]
        ways |= {
            f"restored {variables}": restored(steps),
            f"served {variables}": serve(step=steps)["learning_rate"],
            f"scalar {variables}": [
                scalar(step=step)["learning_rate"] for step in steps
            ],
        }
    for way, got in ways.items():
        np.testing.assert_array_max_ulp(np.array(got), want, 1), way
    assert schedule(np.zeros([0], np.int64)).shape == (0,)


@every_function
def test_a_function_is_traced_once_for_all_steps(name):
    calls = []

    def counted(step):
        calls.append(step)
        return _FUNCTIONS[name](step)

    schedule = tfs.FromFunction(counted)
    with traces.of(schedule) as steps:
        for step in (0, 5, [1, 2], tf.constant(7), [[1]]):
            schedule(step)
    assert len(steps) == 1
    assert not any(hasattr(step, "numpy") for step in calls)
    before = len(calls)
    schedule(8)
    assert len(calls) == before


@every_function
def test_gradients_reach_the_variables_of_a_function(name):
    schedule = 3.0 * tfs.TimeScaled(_FUNCTIONS[name], 2)
    variables = schedule.trainable_variables
    assert len(variables) == (name in ("keras", "module"))
    for step in (tf.constant(4), tf.constant([4, 4])):
        for way in (schedule, tf.function(schedule)):
            with tf.GradientTape() as tape:
                rate = way(step)
            for gradient in tape.gradient(rate, variables):
                assert float(gradient) == step.shape.num_elements()


def test_variables_are_live_and_in_checkpoints(tmp_path):
    rate = tf.Variable(1.0)
    schedule = tfs.Warmup(lambda step: rate, 10)
    assert schedule.variables == (rate,)
    assert float(schedule(10)) == 1.0
    path = tf.train.Checkpoint(schedule=schedule).save(str(tmp_path / "c"))
    rate.assign(3.0)
    assert float(schedule(10)) == 3.0
    tf.train.Checkpoint(schedule=schedule).restore(path)
    assert float(schedule(10)) == 1.0


def test_elementwise_functions_of_scalars_are_told_from_others():
    scalar = tf.Variable(0.5)
    unknown = tf.Variable(0.5, shape=tf.TensorShape(None))
    for variable, is_elementwise in [(scalar, True), (unknown, False)]:
        function = functions.trace(
            lambda step, v=variable: v * tf.cast(step, tf.float32)
        )
        assert function.is_elementwise == is_elementwise


def test_an_elementwise_function_stays_so_with_numbers_for_its_variables():
    rate = tf.Variable(0.5)
    function = functions.with_constants(
        lambda step: rate * tf.cast(step, tf.float32)
    )
    assert functions.trace(function) == functions.Traced(True, ())


def test_an_elementwise_function_is_called_with_all_steps_at_once():
    seen = []

    def function(step):
        seen.append(step.shape.rank)
        return tf.cast(step, tf.float32)

    tfs.FromFunction(function)([1, 2])
    assert seen[-1] == 1


def test_rates_have_the_shape_of_the_steps():
    schedule = tfs.FromFunction(lambda step: tf.cast(step, tf.float32))
    steps = [[1, 2], [3, 4]]
    in_graph = tf.function(schedule)(tf.constant(steps))
    assert (
        in_graph.numpy().tolist() == steps == schedule(steps).numpy().tolist()
    )


@pytest.mark.parametrize("variables", [True, False])
def test_exports_of_a_function_have_no_config(variables, tmp_path):
    rate = tf.Variable(1.0)
    schedule = tfs.Warmup(lambda step: rate, 10)
    path = tfs.export(schedule, tmp_path, variables=variables)
    with pytest.raises(ValueError, match=r"no config.*SavedModelSchedule\("):
        tfs.load(path)
    assert float(tfs.SavedModelSchedule(path)(5)) == 0.5
    restored = tf.saved_model.load(str(path))
    rate.assign(3.0)
    assert float(restored(5)) == 0.5
    with pytest.raises(ValueError, match="function must be registered"):
        schedule.get_config()
    with pytest.raises(ValueError, match="register_keras_serializable"):
        tfs.serialize(schedule)


def test_a_function_that_takes_one_step_is_exported_with_numbers(tmp_path):
    rates = tf.Variable([1.0, 0.5, 0.25])

    def rate(step):
        assert step.shape.rank == 0
        return rates[tf.minimum(step, 2)]

    schedule = tfs.FromFunction(rate)
    path = tfs.export(schedule, tmp_path)
    rates.assign([3.0, 3.0, 3.0])
    restored = tf.saved_model.load(str(path))
    assert restored([0, 1, 2, 9]).numpy().tolist() == [1.0, 0.5, 0.25, 0.25]


def test_a_function_with_a_table_is_exported_only_with_variables(tmp_path):
    rate = tf.Variable(1.0)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([0], tf.int64), [0.5]),
        0.25,
    )
    schedule = tfs.FromFunction(lambda step: rate * table.lookup(step))
    assert schedule([0, 1]).numpy().tolist() == [0.5, 0.25]
    with pytest.raises(ValueError, match="variables must be True"):
        tfs.export(schedule, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_config_includes_a_registered_schedule(tmp_path):
    for dtype in ("float32", "float16"):
        function = tfs.FromFunction(Inverse(0.25), dtype)
        schedule = tfs.Warmup(function, 10, name="ours")
        text = json.dumps(tfs.serialize(schedule))
        loaded = tfs.load(tfs.export(schedule, tmp_path))
        for again in (
            tfs.deserialize(json.loads(text)),
            _KERAS.deserialize(json.loads(text)),
            pickle.loads(pickle.dumps(schedule)),
            copy.deepcopy(schedule),
            loaded,
        ):
            assert again.get_config() == schedule.get_config()
            assert again(11) == schedule(11)
            assert again(11).dtype == dtype
            assert type(again.schedule.function) is Inverse
            # The copy has its own variable.
            (variable,) = again.variables
            variable.assign(1.0)
            assert again(11) == 0.5
            assert schedule(11) == 0.125


def test_copies_of_a_function_share_it():
    rate = tf.Variable(1.0)
    schedule = tfs.FromFunction(lambda step: rate)
    assert copy.deepcopy(schedule).function is schedule.function
    named = tfs.FromFunction(_by_table)
    assert pickle.loads(pickle.dumps(named)).function is _by_table


def test_the_rate_has_the_requested_dtype():
    function = _FUNCTIONS["lambda"]
    for dtype in ("bfloat16", tf.float16, np.float64, "float32", tf.float32):
        schedule = tfs.FromFunction(function, dtype)
        assert schedule(3).dtype == tf.as_dtype(dtype)
        assert float(schedule(3)) == 0.25
        assert eval(repr(schedule.dtype.name)) == schedule._argument("dtype")
    for dtype in ("int32", int, None, "real"):
        with pytest.raises(ValueError, match="dtype must be one of"):
            tfs.FromFunction(function, dtype)


def test_a_function_keeps_its_dtype_where_float32_is_asked_for():
    half = tfs.FromFunction(lambda step: 0.5).with_precision("float32")
    assert float(half(1)) == 0.5
    wide = tfs.FromFunction(lambda step: 0.5 * tf.cast(step, tf.float64))
    with pytest.raises(ValueError, match="makes tensors other than float32"):
        wide.with_precision("float32")(1)


def test_float32_exports_of_functions_have_no_float64(tmp_path):
    good = tfs.Warmup(_FUNCTIONS["half"], 10)
    path = tfs.export(good, tmp_path, precision="float32")
    assert float(tf.saved_model.load(str(path))(13)) == 0.25
    for name in ("lambda", "table"):
        function = _FUNCTIONS[name]
        wide = tfs.FromFunction(
            lambda step, f=function: tf.cast(f(step), tf.float64)
        )
        with pytest.raises(ValueError, match="precision must be 'float64'"):
            tfs.export(wide, tmp_path / "new", precision="float32")
        hidden = tfs.FromFunction(
            lambda step, f=function: tf.cast(
                tf.cast(f(step), tf.float64), tf.float32
            )
        )
        called = tf.function(hidden.function, autograph=False)
        for inner in (hidden, tfs.FromFunction(called)):
            with pytest.raises(ValueError, match="precision must be 'float6"):
                tfs.export(inner, tmp_path / "new", precision="float32")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda step: None, "got None"),
        (lambda step: step, "int64"),
        (lambda step: True, "got True"),
        (lambda step: "0.1", "got '0.1'"),
        (lambda step: [0.1], "list"),
        (lambda step: tf.constant("0.1"), "string"),
        (lambda step: tf.ones([1]), r"shape \(1,\)"),
        (lambda step: tf.ones([2, 3]), r"shape \(2, 3\)"),
        (lambda step: float(step), "raised"),
        (lambda step: step.numpy() * 0.1, "raised"),
        (lambda step: 0.1 if step > 5 else 0.2, "raised"),
        (lambda: 0.1, "raised"),
        (lambda step, other: 0.1, "raised"),
        (lambda step: 1 / 0, "ZeroDivisionError"),
        (tf.keras.layers.Dense(1), "raised"),
        (tfs.CosineDecay, "raised"),
    ],
)
def test_functions_that_return_no_rate_are_refused(function, reason):
    with pytest.raises(TypeError, match=f"function must .*{reason}"):
        tfs.FromFunction(function)
    words = f"schedule must be a schedule, .*function must .*{reason}"
    with pytest.raises(TypeError, match=words):
        tfs.Warmup(function, 10)


@pytest.mark.parametrize("value", [0.1, "x", None, [_by_table], tf.constant(1)])
def test_values_other_than_functions_are_refused(value):
    with pytest.raises(TypeError, match="function must be a function of the"):
        tfs.FromFunction(value)


def test_a_closure_over_a_symbolic_tensor_is_refused():
    @tf.function
    def train(rate, step):
        return tfs.Warmup(lambda step: rate, 10)(step)

    assert float(train(tf.constant(4.0), tf.constant(5))) == 2.0


def test_an_optimizer_accepts_a_function():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    schedule = tfs.Warmup(Inverse(), 2)
    model.compile(tf.keras.optimizers.SGD(schedule), "mse")
    model.fit(tf.ones([8, 1]), tf.ones([8, 1]), verbose=0)
    config = model.optimizer.get_config()
    again = tf.keras.optimizers.SGD.from_config(config)
    assert float(again._learning_rate(3)) == float(schedule(3))


def test_a_wrong_function_fails_the_checks():
    """The cases' function is exact only if it gets whole steps."""
    case = cases.CASES["function"]
    assert case.excess(99, 0.5, "float32") == 0
    assert case.excess(100, 0.5, "float32") > 1


def test_a_schedule_of_keras_without_a_config_is_told_how_to_get_one(tmp_path):
    @tf.keras.utils.register_keras_serializable("tests")
    class WithoutConfig(tf.keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5

    warm = tfs.Warmup(WithoutConfig(), 2)
    with pytest.raises(ValueError, match="must be registered with Keras"):
        warm.get_config()
    version = tfs.export(warm, tmp_path)
    assert float(tfs.SavedModelSchedule(version)(2)) == 0.5


def test_a_schedule_of_keras_that_is_not_registered_has_no_config():
    class Unknown(tf.keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5

        def get_config(self):
            return {}

    with pytest.raises(ValueError, match="must be registered with Keras"):
        tfs.FromFunction(Unknown()).get_config()
