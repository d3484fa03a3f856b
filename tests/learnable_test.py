"""Learnable hyperparameters stay in range and survive copies and files."""

import copy
import json
import math
import pickle

import cloudpickle
import numpy as np
import pytest
import tensorflow as tf
from processes import PROGRAMS, output_of

import tf_schedules as tfs
from tf_schedules.core import hyperparameter, serialization


def _schedule():
    """A schedule with every constraint."""
    return tfs.Product(
        [
            tfs.PiecewiseInterpolation(
                tfs.increasing([0.0, 50.0, 1000.0]), [0.1, 1.0, 0.5]
            ),
            tfs.CosineDecayRestarts(
                tfs.positive(0.1),
                tfs.positive(1234.5),
                2.0,
                tfs.unit_interval(0.9),
                alpha=tfs.bounded(0.01, 0.001, 0.1),
            ),
        ]
    )


_STEPS = [0, 1, 49, 50, 51, 777, 1000, 1234, 1235, 5000]


@pytest.mark.parametrize(
    ("make", "inside"),
    [
        (lambda: tfs.positive(0.1), lambda x: x > 0),
        (lambda: tfs.unit_interval(0.5), lambda x: 0 <= x <= 1),
        (lambda: tfs.bounded(3.0, 2.0, 7.0), lambda x: 2 <= x <= 7),
        (lambda: tfs.increasing([1.0, 2.0]), lambda x: x[0] < x[1]),
    ],
)
def test_optimizer_steps_never_leave_the_range(make, inside):
    for direction in (-1.0, 1.0):
        value = make()
        (learned,) = value.trainable_variables
        for _ in range(5):
            with tf.GradientTape() as tape:
                result = tf.convert_to_tensor(value)
                loss = direction * tf.reduce_sum(result)
            gradient = tape.gradient(loss, learned)
            assert np.all(gradient != 0)
            learned.assign_sub(2.0 * tf.sign(gradient))
            assert np.all(np.isfinite(learned.numpy()))
            assert inside(tf.convert_to_tensor(value).numpy())


def test_the_start_value_is_the_argument():
    for value in (
        tfs.positive(1e-5),
        tfs.unit_interval(1e-5),
        tfs.bounded(1e-5, 0.0, 1.0),
    ):
        assert float(tf.convert_to_tensor(value)) == pytest.approx(1e-5, 1e-4)
        assert value.dtype == tf.float32
    wide = tfs.positive(np.float64(0.1))
    assert wide.dtype == tf.float64
    again = tfs.deserialize(tfs.serialize(tfs.Constant(wide)))
    assert again.learning_rate.dtype == tf.float64
    assert float(again(0)) == pytest.approx(0.1, rel=1e-15)
    assert float(tf.convert_to_tensor(tfs.positive(tf.constant(3.0)))) == (
        pytest.approx(3.0)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tfs.positive(0.0), "x must be a finite number greater than 0"),
        (lambda: tfs.positive(math.nan), "x must be a finite number"),
        (lambda: tfs.unit_interval(1.5), "x must be a number between 0 and 1"),
        (lambda: tfs.unit_interval(1.0), "x must be a number between 0 and 1"),
        (
            lambda: tfs.unit_interval(0),
            r"excluded; got 0 .*\. Pass a start value inside the range\.$",
        ),
        (lambda: tfs.bounded(2, 2, 3), "both excluded; got"),
        (lambda: tfs.bounded(3, 2, 3), "both excluded; got"),
        (
            lambda: tfs.unit_interval(1 - 1e-12),
            "x must be distinguishable from its",
        ),
        (
            lambda: tfs.bounded(2, 0, 1),
            "x must be a number between 0.0 and 1.0",
        ),
        (lambda: tfs.bounded(2, 3, 1), "high must be a finite number greater"),
        (lambda: tfs.bounded(2, 2, 2), "high must be a finite number greater"),
        (lambda: tfs.increasing([1.0, 1.0]), "xs must rise strictly"),
        (
            lambda: tfs.positive(tf.Variable(-1.0)),
            "x must be distinguishable from its",
        ),
    ],
)
def test_a_start_value_out_of_range_is_refused(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "got " in str(caught.value)


@pytest.mark.parametrize("value", ["0.1", None, [0.1], {}])
def test_a_start_value_that_is_not_a_number_is_refused(value):
    with pytest.raises((TypeError, ValueError), match="x must be"):
        tfs.positive(value)


def test_any_name_is_kept():
    rate = tfs.positive(0.5, name="a:b")
    again = serialization.deserialize(
        serialization.serialize(tfs.ExponentialDecay(rate, 10, 0.5))
    )
    (variable,) = again.variables
    assert variable.name == "a:b:0"


def test_a_start_of_tensors_makes_a_vector():
    steps = tfs.increasing([tf.constant(0.0), tf.constant(4.0)])
    assert tf.convert_to_tensor(steps).numpy().tolist() == [0.0, 4.0]


def test_the_config_of_another_constraint_is_its_number():
    import tensorflow_probability as tfp

    bijector = tfp.bijectors.Exp()
    rate = tfp.util.TransformedVariable(0.5, bijector)
    schedule = tfs.ExponentialDecay(rate, 10, 0.5)
    assert schedule.get_config()["initial_learning_rate"] == pytest.approx(0.5)


def test_configs_keep_the_constraint():
    schedule = _schedule()
    for variable in schedule.trainable_variables:
        variable.assign_add(0.3 * tf.ones_like(variable))
    config = json.loads(json.dumps(serialization.serialize(schedule)))
    again = serialization.deserialize(config)
    np.testing.assert_array_equal(again(_STEPS), schedule(_STEPS))
    assert serialization.serialize(again) == config
    alpha = again.schedules[1].alpha
    assert (alpha.bijector.low, alpha.bijector.high) == (0.001, 0.1)
    assert len(again.trainable_variables) == len(schedule.trainable_variables)
    assert not {id(v) for v in again.variables} & {
        id(v) for v in schedule.variables
    }


def test_a_handwritten_config_makes_the_variable():
    schedule = tfs.ExponentialDecay.from_config(
        {
            "initial_learning_rate": {"constraint": "positive", "value": 0.5},
            "decay_steps": 2,
            "decay_rate": 0.5,
        }
    )
    assert float(schedule(2)) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="constraint must be one of positive"):
        tfs.ExponentialDecay.from_config(
            {
                "initial_learning_rate": {"constraint": "eval", "value": 0.5},
                "decay_steps": 2,
                "decay_rate": 0.5,
            }
        )


@pytest.mark.parametrize(
    "make_copy",
    [
        copy.deepcopy,
        lambda s: pickle.loads(pickle.dumps(s)),
        lambda s: cloudpickle.loads(cloudpickle.dumps(s)),
    ],
    ids=["deepcopy", "pickle", "cloudpickle"],
)
def test_copies_have_their_own_variables(make_copy):
    live = tfs.Adjustable(_schedule(), edits=[(10, 0.5)])
    live(7)
    other = make_copy(live)
    before = live(_STEPS).numpy()
    np.testing.assert_array_equal(other(_STEPS), before)
    other.schedule.schedules[1].initial_learning_rate.assign(0.2)
    other.scale_from(20, 0.5)
    np.testing.assert_array_equal(live(_STEPS), before)
    assert live.edits.rows() == [(10, 0.5)]
    np.testing.assert_allclose(other(1), 2 * before[1], rtol=1e-5)
    np.testing.assert_allclose(other(49), before[2], rtol=1e-5)


def test_checkpoints_and_models_keep_the_variables(tmp_path):
    def model_of(schedule):
        model = tf.keras.Sequential(
            [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
        )
        model.compile(tf.keras.optimizers.SGD(schedule), "mse")
        return model

    model = model_of(_schedule())
    schedule = model.optimizer._learning_rate
    for variable in schedule.trainable_variables:
        variable.assign_add(0.1 * tf.ones_like(variable))
    want = schedule(_STEPS).numpy()
    path = tf.train.Checkpoint(optimizer=model.optimizer).save(
        str(tmp_path / "c")
    )
    other = model_of(_schedule())
    tf.train.Checkpoint(optimizer=other.optimizer).restore(path)
    np.testing.assert_array_equal(other.optimizer._learning_rate(_STEPS), want)
    model.save(str(tmp_path / "model.keras"))
    loaded = tf.keras.models.load_model(str(tmp_path / "model.keras"))
    again = loaded.optimizer._learning_rate
    np.testing.assert_array_equal(again(_STEPS), want)
    assert len(again.trainable_variables) == 5


def test_a_saved_model_runs_without_probability_and_this_package(tmp_path):
    schedule = _schedule()
    tf.saved_model.save(schedule, str(tmp_path))
    output = output_of(PROGRAMS / "learned_rates.py", tmp_path, _STEPS)
    rates = np.array(json.loads(output), np.float32)
    np.testing.assert_array_equal(rates, schedule(_STEPS))


def test_probability_is_imported_on_first_use():
    code = (
        "import sys, tf_schedules as t; t.ExponentialDecay(1., 2, .5)(3); "
        "assert 'tensorflow_probability' not in sys.modules; t.positive(1.); "
        "assert 'tensorflow_probability' in sys.modules"
    )
    output_of(code)


def test_vector_variables_replace_sequences():
    boundaries = tf.Variable([2, 4], dtype=tf.int64)
    values = tf.Variable([0.5, 0.25, 0.125])
    schedule = tfs.PiecewiseConstantDecay(boundaries, values)
    rates = tf.function(schedule)
    steps = tf.range(6)
    assert rates(steps).numpy().tolist() == [0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
    boundaries.assign([0, 1])
    assert rates(steps).numpy().tolist() == [0.5, 0.25] + [0.125] * 4
    assert rates.experimental_get_tracing_count() == 1
    assert schedule.get_config()["boundaries"] == [0, 1]
    again = type(schedule).from_config(schedule.get_config())
    np.testing.assert_array_equal(again(steps), schedule(steps))
    with pytest.raises(ValueError, match="must have 1 more than boundaries"):
        tfs.PiecewiseConstantDecay(boundaries, tf.Variable([0.5, 0.25]))
    with pytest.raises(TypeError, match="got a tensor of int32"):
        tfs.PiecewiseConstantDecay([1], tf.Variable([1, 2]))


def test_a_live_rate_follows_its_step():
    step = tf.Variable(0, dtype=tf.int64)
    schedule = tfs.ExponentialDecay(tf.Variable(1.0), 1, 0.5)
    scale = schedule.at(step)

    @tf.function
    def doubled():
        return 2.0 * scale

    for k in range(4):
        step.assign(k)
        assert float(doubled()) == 2.0 * 0.5**k
        assert float(scale + 0.0) == 0.5**k
    assert doubled.experimental_get_tracing_count() == 1
    assert scale.dtype == tf.float32
    assert {id(v) for v in scale.variables} >= {id(step)}
    import tensorflow_probability as tfp

    assert isinstance(scale, tfp.util.DeferredTensor)
    assert float(tfp.distributions.Normal(0.0, scale).stddev()) == 0.125
    optimizer = tf.keras.optimizers.SGD(schedule)
    optimizer.build([tf.Variable(0.0)])
    live = tf.function(lambda: schedule.at(optimizer.iterations) * 1.0)
    assert float(live()) == 1.0
    optimizer.iterations.assign(3)
    assert float(live()) == 0.125
    with pytest.raises(TypeError, match="step must be a variable; got 3"):
        schedule.at(3)


def test_a_live_attribute_is_told_from_other_tensors():
    live = hyperparameter.attribute(tfs.Constant(0.5), tf.Variable(0))
    assert hyperparameter.is_attribute(live)
    assert not hyperparameter.is_attribute(tf.Variable(0.5))
