"""A formula outside the package gets its step as a plain tensor."""

from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules as tfs
from tf_schedules import core

_SEEN = []


class Hyperbola(tfs.Schedule):
    def __init__(self, peak, name="Hyperbola"):
        super().__init__(name)
        self.peak = peak

    def _formula(self, step, peak):
        _SEEN.append(step.dtype)
        return peak / (step + 1)


class Parity(tfs.Schedule, whole_steps=True):
    def __init__(self, peak=0.5, name="Parity"):
        super().__init__(name)
        self.peak = peak

    def _formula(self, step, peak):
        _SEEN.append(step.dtype)
        return peak * tf.cast(step % 2 == 0, self._real)

    _real = tf.float64


class InheritedParity(Parity):
    pass


class RealParity(Parity, whole_steps=False):
    pass


class NarrowParity(Parity):
    _real = tf.float32


class Float64(Hyperbola):
    def _formula(self, step, peak):
        return peak / (tf.cast(step, tf.float64) + 1.0)


class Mixed(Hyperbola):
    def _formula(self, step, peak):
        return peak / (step + tf.constant(1.0, tf.float64))


@pytest.fixture(autouse=True)
def _nothing_seen():
    _SEEN.clear()


def test_a_formula_gets_a_real_tensor():
    schedule = Hyperbola(0.5)
    assert schedule([0, 1, 3]).numpy().tolist() == [0.5, 0.25, 0.125]
    assert schedule(0.25) == np.float32(0.4)
    assert {*_SEEN} == {tf.float64}
    _SEEN.clear()
    assert schedule.with_precision("float32")([0, 3])[1] == 0.125
    assert {*_SEEN} == {tf.float32}


def test_the_first_argument_of_an_init_of_ones_own_sets_the_dtype():
    assert Hyperbola(tf.constant(0.5, tf.float16))(0).dtype == tf.float16
    assert Parity(tf.constant(0.5, tf.bfloat16))(0).dtype == tf.bfloat16


def test_an_initial_learning_rate_sets_the_dtype_wherever_it_stands():
    class Late(tfs.Schedule):
        def __init__(self, steps, initial_learning_rate):
            super().__init__("Late")
            self.steps = steps
            self.initial_learning_rate = initial_learning_rate

        def _formula(self, step, steps, initial_learning_rate):
            return initial_learning_rate

    assert Late(9, tf.constant(0.5, tf.float16))(0).dtype == tf.float16


def test_a_declared_rate_sets_the_dtype_wherever_it_stands():
    class Shaped(tfs.Schedule):
        flag: core.Flag
        shape: core.Curve
        length: core.Positive
        peak: core.Rate

        def _formula(self, step, flag, shape, length, peak):
            return peak

    half = np.float16(0.5)
    schedule = Shaped(True, half, half, tf.constant(0.5, tf.float64))
    assert schedule(0).dtype == tf.float64


def test_a_class_without_a_formula_is_told_that_it_lacks_one():
    class Empty(tfs.Schedule):
        peak: core.Rate

    words = "Empty must define _formula; got none"
    with pytest.raises(NotImplementedError, match=words):
        Empty(0.5)(0)


def test_a_formula_may_not_branch_in_python():
    class Branching(tfs.Schedule):
        peak: core.Rate

        def _formula(self, step, peak):
            return peak if step > 5 else 0.5 * peak

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        Branching(0.5)(1)


def test_a_class_without_arguments_gives_float32():
    class Fixed(tfs.Schedule):
        def _formula(self, step):
            return 0.25

    assert Fixed()([0, 1]).numpy().tolist() == [0.25, 0.25]
    assert Fixed().dtype == tf.float32
    assert Fixed().get_config() == {"name": None}


def test_the_repr_names_what_has_to_be_named():
    class Named(tfs.Schedule):
        def __init__(self, peak, *, low):
            super().__init__()
            self.peak, self.low = peak, low

        def _formula(self, step, peak, low):
            return peak - low

    assert repr(Named(0.5, low=0.25)) == "Named(0.5, low=0.25)"


def test_a_class_variable_is_no_argument():
    class Halved(tfs.Schedule):
        half: ClassVar[float] = 0.5
        peak: core.Rate

        def _formula(self, step, peak):
            return self.half * peak

    assert Halved(0.5).get_config().keys() == {"peak"}
    assert float(Halved(0.5)(0)) == 0.25


def test_a_subclass_adds_its_fields_if_it_has_any():
    class Level(tfs.Schedule):
        peak: core.Rate

        def _formula(self, step, peak):
            return peak

    class Lowered(Level):
        by: core.Rate = 0.25

        def _formula(self, step, peak, by):
            return peak - by

    class Private(Level):
        _cache: "NotDefined" = None  # noqa: F821

    assert float(Lowered(1.0)(0)) == 0.75
    assert float(Lowered(1.0, by=0.5)(0)) == 0.5
    assert float(Private(1.0)(0)) == 1.0


def test_a_formula_gets_a_whole_tensor_on_request():
    for schedule in (Parity(), InheritedParity()):
        assert schedule([2, 3]).numpy().tolist() == [0.5, 0.0]
        assert schedule([2.7, 3.7]).numpy().tolist() == [0.5, 0.0]
        # Half the step 7 is 3.5.
        assert tfs.TimeScaled(schedule, 2)(7) == 0.0
    assert {*_SEEN} == {tf.int64}
    _SEEN.clear()
    assert RealParity()(3) == 0.0
    assert {*_SEEN} == {tf.float64}


def test_a_fraction_of_a_step_is_a_real_tensor():
    slow = tfs.TimeScaled(Hyperbola(0.5), 2)
    assert slow([2, 3]).numpy().tolist() == [0.25, np.float32(0.2)]
    narrow = slow.with_precision("float32")
    np.testing.assert_allclose(narrow([2, 3]), [0.25, 0.2], 1e-6)


@pytest.mark.parametrize("schedule", [Hyperbola(0.5), NarrowParity()])
def test_own_formulas_export_in_float32(schedule, tmp_path):
    path = tfs.export(schedule, tmp_path, precision="float32")
    restored = tf.saved_model.load(str(path))
    want = schedule.with_precision("float32")([0, 1, 3])
    np.testing.assert_array_equal(restored([0, 1, 3]), want)


@pytest.mark.parametrize("schedule", [Float64(0.5), Mixed(0.5), Parity()])
def test_a_formula_that_makes_float64_is_refused_in_float32(schedule, tmp_path):
    for refused in (schedule, tfs.Warmup(schedule, 5)):
        with pytest.raises(ValueError, match="precision must be 'float64'"):
            tfs.export(refused, tmp_path / "new", precision="float32")
        with pytest.raises(ValueError, match=type(schedule).__name__):
            refused.with_precision("float32")(1)
    assert not (tmp_path / "new").exists()


def test_an_init_of_ones_own_is_inherited_with_annotated_attributes():
    class Written(tfs.Schedule):
        factor = 1.0

        def __init__(self, initial_learning_rate, name=None):
            super().__init__(name)
            self.initial_learning_rate = initial_learning_rate

        def _formula(self, step, initial_learning_rate):
            return self.factor * initial_learning_rate

    class Annotated(Written):
        factor: float = 2.0
        _cache: "NotDefined" = None  # noqa: F821

    assert float(Annotated(0.5)(0)) == 1.0
    assert Annotated(0.5).get_config()["initial_learning_rate"] == 0.5


def test_a_formula_of_another_dtype_is_told_the_fix():
    class Cast(tfs.Schedule):
        peak: float

        def _formula(self, step, peak):
            return peak / (1.0 + tf.cast(step, tf.float32))

    with pytest.raises(TypeError, match=r"must return float64.*tf\.cast"):
        Cast(0.5)(1)
