"""The closed forms of the papers in exact arithmetic, without TensorFlow.

One function a class, named like it: the exact rate at a step. Hyperparameters
are Python numbers and mean their shortest decimal, steps mean their value.
Whole quantities are compared as fractions; what is irrational has 60 digits.
"""

from fractions import Fraction

import mpmath

mpmath.mp.dps = 60


def exact(number) -> Fraction:
    return Fraction(repr(number) if isinstance(number, float) else number)


def real(fraction: Fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def half_cosine(fraction: Fraction):
    return mpmath.cos(mpmath.pi * real(fraction) / 2) ** 2


def ExponentialDecay(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    progress = Fraction(max(step, 0)) / exact(decay_steps)
    if staircase:
        progress = progress.numerator // progress.denominator
    factor = mpmath.power(real(exact(decay_rate)), real(Fraction(progress)))
    return real(exact(initial_learning_rate)) * factor


def cycle_start(cycle, first, ratio) -> Fraction:
    """Where a cycle of geometrically growing length starts."""
    first, ratio = exact(first), exact(ratio)
    if ratio == 1:
        return first * cycle
    return first * (ratio**cycle - 1) / (ratio - 1)


def cycle_of(step, first, ratio) -> int:
    """The last cycle that starts at or before the step, by bisection."""
    low, high = 0, 1
    while cycle_start(high, first, ratio) <= step:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if cycle_start(middle, first, ratio) <= step:
            low = middle
        else:
            high = middle
    return low


def CosineDecayRestarts(
    step,
    initial_learning_rate,
    first_decay_steps,
    t_mul=2.0,
    m_mul=1.0,
    alpha=0.0,
):
    step = Fraction(max(step, 0))
    cycle = cycle_of(step, first_decay_steps, t_mul)
    start = cycle_start(cycle, first_decay_steps, t_mul)
    length = exact(first_decay_steps) * exact(t_mul) ** cycle
    peak = (1 - real(exact(alpha))) * real(exact(m_mul)) ** cycle
    cosine = half_cosine((step - start) / length)
    return real(exact(initial_learning_rate)) * (
        peak * cosine + real(exact(alpha))
    )
