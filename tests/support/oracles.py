"""The closed forms of the papers in exact arithmetic, without TensorFlow.

Each class has a function of its name: the exact rate at a step. Hyperparameters
are Python numbers that mean their shortest decimal; steps mean their value.
Fractions compare whole quantities; irrational numbers have 60 digits.
"""

from fractions import Fraction

import mpmath

mpmath.mp.dps = 60


def exact(number) -> Fraction:
    return Fraction(repr(number) if isinstance(number, float) else number)


def real(fraction: Fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def half_cosine(fraction: Fraction):
    if fraction == 1:
        return mpmath.mpf(0)  # the cosine has 60 digits, and is not 0
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
    """The start of a cycle, for geometrically growing lengths."""
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


def at_least_0(step) -> Fraction:
    return max(Fraction(step), Fraction(0))


def clip(fraction) -> Fraction:
    return min(max(Fraction(fraction), Fraction(0)), Fraction(1))


def power(base: Fraction, exponent: Fraction):
    return mpmath.power(real(base), real(exponent))


def falling(shape, part: Fraction):
    """The remainder of a shape, from 1 to 0, after a part of its phase."""
    part = clip(part)
    if shape == "linear":
        return real(1 - part)
    if shape == "cosine":
        return half_cosine(part)
    if shape == "1-sqrt":
        return 1 - mpmath.sqrt(real(part))
    if shape == "exponential":
        end = real(Fraction(1, 10))
        return (end ** real(part) - end) / (1 - end)
    if shape == "rex":
        left = real(1 - part)
        return left / (mpmath.mpf(1) / 2 + left / 2)
    return power(1 - part, exact(shape))


def mix(start, end, start_weight):
    return real(exact(start)) * start_weight + real(exact(end)) * (
        1 - start_weight
    )


def fall(shape, part, start, end):
    if shape == "geometric":
        return geometric(part, real(exact(start)), real(exact(end)))
    return mix(start, end, falling(shape, part))


def geometric(part, start, end):
    """A ramp between two rates, with the same factor for equal parts."""
    weight = real(clip(part))
    return mpmath.power(start, 1 - weight) * mpmath.power(end, weight)


def rise(shape, part, start, end):
    return mix(end, start, falling(shape, 1 - clip(part)))


def rate_of(schedule, step):
    """The rate of a part of a composition, which is a function or a number."""
    return schedule(step) if callable(schedule) else real(exact(schedule))


def Constant(step, learning_rate):
    return real(exact(learning_rate))


def InverseTimeDecay(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    decays = at_least_0(step) / exact(decay_steps)
    if staircase:
        decays = Fraction(decays.numerator // decays.denominator)
    rate = exact(initial_learning_rate) / (1 + exact(decay_rate) * decays)
    return real(rate)


def PolynomialDecay(
    step,
    initial_learning_rate,
    decay_steps,
    end_learning_rate=0.0001,
    power=1.0,
    cycle=False,
):
    step, length = at_least_0(step), exact(decay_steps)
    if cycle:
        length *= max(1, -(-step // length))
    return fall(power, step / length, initial_learning_rate, end_learning_rate)


def PiecewiseConstantDecay(step, boundaries, values):
    step = at_least_0(step)
    return real(exact(values[sum(exact(b) < step for b in boundaries)]))


def PiecewiseInterpolation(step, steps, values, shape="linear"):
    step = at_least_0(step)
    knots = [exact(s) for s in steps]
    last = max(sum(knot <= step for knot in knots[1:-1]), 0)
    start, end = knots[last], knots[last + 1]
    part = (step - start) / (end - start)
    return fall(shape, part, values[last], values[last + 1])


def CosineDecay(
    step,
    initial_learning_rate,
    decay_steps,
    alpha=0.0,
    warmup_target=None,
    warmup_steps=0,
):
    step, peak = at_least_0(step), initial_learning_rate
    if warmup_target is not None:
        peak = warmup_target
        if step < warmup_steps:
            part = step / exact(warmup_steps)
            return rise("linear", part, initial_learning_rate, peak)
        step -= exact(warmup_steps)
    cosine = half_cosine(clip(step / exact(decay_steps)))
    floor = real(exact(alpha))
    return real(exact(peak)) * ((1 - floor) * cosine + floor)


def InverseSquareRootDecay(
    step, learning_rate, warmup_steps, timescale=None, first_step=0
):
    step, ramp = at_least_0(step) + exact(first_step), exact(warmup_steps)
    peak = real(exact(learning_rate))
    if step < ramp:
        return peak * real(step / ramp)
    scale = exact(timescale) if timescale else max(ramp, Fraction(1))
    return peak / mpmath.sqrt(real(1 + (step - ramp) / scale))


def noam(step, model_dim, warmup_steps, scale=1.0):
    """The formula in the paper."""
    step = step + 1
    return (
        real(exact(scale))
        / mpmath.sqrt(model_dim)
        * min(
            1 / mpmath.sqrt(step),
            step * mpmath.mpf(warmup_steps) ** mpmath.mpf("-1.5"),
        )
    )


def WarmupStableDecay(
    step,
    learning_rate,
    warmup_steps,
    stable_steps,
    decay_steps,
    initial_learning_rate=0.0,
    end_learning_rate=0.0,
    decay="1-sqrt",
):
    step, ramp = at_least_0(step), exact(warmup_steps)
    if step < ramp:
        return rise("linear", step / ramp, initial_learning_rate, learning_rate)
    part = (step - ramp - exact(stable_steps)) / exact(decay_steps)
    return fall(decay, part, learning_rate, end_learning_rate)


def OneCycle(
    step,
    max_learning_rate,
    total_steps,
    warmup_fraction=0.3,
    initial_divisor=25.0,
    final_divisor=1e4,
    shape="cosine",
    three_phase=False,
):
    step, end = at_least_0(step), exact(total_steps) - 1
    peak_step = max(exact(warmup_fraction) * exact(total_steps) - 1, 0)
    peak = exact(max_learning_rate)
    first = peak / exact(initial_divisor)
    last = first / exact(final_divisor)

    def between(start, stop, high, low, weigh):
        part = (step - start) / (stop - start) if stop > start else 1
        weight = weigh(part)
        return real(high) * weight + real(low) * (1 - weight)

    def down(part):
        return falling(shape, part)

    if step < peak_step:
        return between(
            0, peak_step, peak, first, lambda part: down(1 - clip(part))
        )
    if not three_phase:
        return between(peak_step, end, peak, last, down)
    if step < 2 * peak_step:
        return between(peak_step, 2 * peak_step, peak, first, down)
    return between(2 * peak_step, end, first, last, down)


def CyclicalLearningRate(
    step,
    initial_learning_rate,
    maximal_learning_rate,
    step_size,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
):
    step, up = at_least_0(step), exact(step_size)
    down = exact(step_size_down or step_size)
    cycle, place = divmod(step, up + down)
    height = place / up if place < up else 1 - (place - up) / down
    scale = {
        "triangular": lambda: 1,
        "triangular2": lambda: mpmath.mpf(2) ** -cycle,
        "exp_range": lambda: power(exact(gamma), step),
    }[mode]()
    low, high = exact(initial_learning_rate), exact(maximal_learning_rate)
    return real(low) + real((high - low) * height) * scale


def Warmup(
    step, schedule, warmup_steps, initial_learning_rate=0.0, shape="linear"
):
    step, ramp = at_least_0(step), exact(warmup_steps)
    if step >= ramp:
        return rate_of(schedule, step - ramp)
    start = real(exact(initial_learning_rate))
    if shape == "geometric":
        return geometric(step / ramp, start, rate_of(schedule, Fraction(0)))
    weight = falling(shape, 1 - step / ramp)
    return rate_of(schedule, Fraction(0)) * weight + start * (1 - weight)


def Sequence(step, schedules, boundaries):
    step = at_least_0(step)
    starts = [Fraction(0), *map(exact, boundaries)]
    last = sum(start <= step for start in starts[1:])
    return rate_of(schedules[last], step - starts[last])


def Product(step, schedules):
    return mpmath.fprod(rate_of(s, at_least_0(step)) for s in schedules)


def Sum(step, schedules):
    return mpmath.fsum(rate_of(s, at_least_0(step)) for s in schedules)


def Raised(step, schedule, power):
    rate, power = rate_of(schedule, at_least_0(step)), real(exact(power))
    # Whole powers of negative rates are real.
    return mpmath.power(rate, int(power) if power == int(power) else power)


def Minimum(step, schedules):
    return min(rate_of(s, at_least_0(step)) for s in schedules)


def Maximum(step, schedules):
    return max(rate_of(s, at_least_0(step)) for s in schedules)


def FromFunction(step, function, dtype="float32"):
    return real(exact(function.exact(at_least_0(step) // 1)))


def PowerDecay(step, initial_learning_rate, power, offset=1):
    base = (at_least_0(step) + exact(offset)) / exact(offset)
    factor = mpmath.power(real(base), real(exact(power)))
    return real(exact(initial_learning_rate)) * factor


def Scaled(step, schedule, factor):
    return real(exact(factor)) * rate_of(schedule, at_least_0(step))


def Clamped(step, schedule, minimum=None, maximum=None):
    rate = rate_of(schedule, at_least_0(step))
    if minimum is not None:
        rate = max(rate, real(exact(minimum)))
    return rate if maximum is None else min(rate, real(exact(maximum)))


def Shifted(step, schedule, steps):
    return rate_of(schedule, at_least_0(at_least_0(step) - exact(steps)))


def TimeScaled(step, schedule, factor, staircase=False, per=1):
    step = at_least_0(step) * exact(per) / exact(factor)
    return rate_of(schedule, Fraction(step // 1) if staircase else step)


def Repeated(step, schedule, period):
    return rate_of(schedule, at_least_0(step) % exact(period))


def Adjustable(step, schedule, capacity=16, edits=()):
    step = at_least_0(step)
    factors = [Fraction(1), *(exact(f) for at, f in edits if at <= step)]
    return real(factors[-1]) * rate_of(schedule, step)
