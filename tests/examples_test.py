"""The worked examples do what they claim."""

import pathlib

import tensorflow as tf
from modules import module_at

_EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"


def _example(name):
    return module_at(_EXAMPLES / f"{name}.py")


def test_a_learned_schedule_has_a_quarter_of_the_validation_loss():
    example = _example("hypergradient")
    schedule = example.start_schedule()
    start = schedule(10).numpy()
    before, after = example.learn(schedule, verbose=0)
    assert 2.0 < before < 2.31  # ln(10) without training
    assert after < before / 4
    assert schedule(10) > 10 * start
    # The config now holds the learned numbers.
    again = type(schedule).from_config(schedule.get_config())
    tf.debugging.assert_equal(again(tf.range(40)), schedule(tf.range(40)))


def test_restarts_visit_four_times_as_many_modes():
    example = _example("cyclical_mcmc")
    restarted = example.modes_visited(example.cyclical())
    decayed = example.modes_visited(example.decaying())
    assert decayed >= 1
    assert restarted >= 4 * decayed
