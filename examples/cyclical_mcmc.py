"""Samples from a mixture by Langevin dynamics, with a cyclical step size.

    python examples/cyclical_mcmc.py

The step size of a TensorFlow Probability kernel is a live tensor,
`schedule.at(step)`. With warm restarts, the chain leaves a mode at the start of
a cycle and samples from another mode at its end. With a step size that only
decays, the chain stays where it is.

Source: Zhang et al., Cyclical Stochastic Gradient MCMC for Bayesian Deep
Learning, https://arxiv.org/abs/1902.03932.
"""

import tensorflow as tf
import tensorflow_probability as tfp

import tf_schedules

_STEPS = 6000
_CYCLES = 60
_LARGEST = 0.9  # the dynamics become unstable at 4 * _SCALE ** 2
_SCALE = 0.5
_MODES = tf.constant(
    [[4.0 * i, 4.0 * j] for i in range(-2, 3) for j in range(-2, 3)]
)


def _mixture():
    tfd = tfp.distributions
    return tfd.MixtureSameFamily(
        tfd.Categorical(probs=tf.fill([len(_MODES)], 1 / len(_MODES))),
        tfd.MultivariateNormalDiag(_MODES, tf.fill(_MODES.shape, _SCALE)),
    )


def cyclical() -> tf_schedules.Schedule:
    """Half cosines of equal length."""
    return tf_schedules.CosineDecayRestarts(
        _LARGEST, _STEPS // _CYCLES, t_mul=1.0, alpha=0.01
    )


def decaying() -> tf_schedules.Schedule:
    """The same first and last step size, without restarts."""
    return tf_schedules.PolynomialDecay(
        _LARGEST, _STEPS, 0.01 * _LARGEST, power=20.0
    )


def modes_visited(schedule: tf_schedules.Schedule, seed: int = 0) -> int:
    """The number of the 25 modes with a sample from a small step size."""
    tf.random.set_seed(seed)
    step = tf.Variable(0, dtype=tf.int64)
    kernel = tfp.mcmc.UncalibratedLangevin(
        _mixture().log_prob, step_size=schedule.at(step)
    )

    @tf.function
    def chain(state):
        results = kernel.bootstrap_results(state)
        samples = tf.TensorArray(tf.float32, _STEPS, element_shape=[2])
        for i in tf.range(_STEPS, dtype=tf.int64):
            step.assign(i)
            state, results = kernel.one_step(state, results, seed=[seed, i])
            samples = samples.write(tf.cast(i, tf.int32), state)
        return samples.stack()

    samples = chain(tf.zeros([2]))
    is_small = schedule(tf.range(_STEPS)) < 0.2 * _LARGEST
    samples = tf.boolean_mask(samples, is_small)
    distances = tf.norm(samples[:, None] - _MODES, axis=-1)
    return int(tf.reduce_sum(tf.cast(_is_near(distances), tf.int32)))


def _is_near(distances):
    """Whether a mode has a sample within two standard deviations."""
    return tf.reduce_min(distances, axis=0) < 2 * _SCALE


if __name__ == "__main__":
    for make in (cyclical, decaying):
        print(f"{make.__name__}: {modes_visited(make())} of {len(_MODES)}")
