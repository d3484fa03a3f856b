"""Rates are the exact rates, rounded; errors are in units in the last place."""

import cases
import numpy as np
import oracles
import pytest
import ulp


@cases.every_case_in_dtypes
def test_rates_at_whole_steps_are_within_the_ulp_limit(case, dtype):
    rates = case.make(dtype)(case.steps).numpy()
    worst = max(
        (case.excess(int(s), r, dtype), int(s), r)
        for s, r in zip(case.steps, rates, strict=True)
    )
    assert worst[0] <= 1, worst


@cases.every_case
def test_int64_and_float64_steps_give_the_same_rate(case):
    """The step is whole; only its dtype differs."""
    schedule, steps = case.make(), case.steps
    whole, real = schedule(steps), schedule(steps.astype(np.float64))
    np.testing.assert_allclose(whole, real, rtol=1.2e-7, atol=1e-37)


@cases.every_case
def test_rates_at_fractional_steps_match_the_oracle(case):
    schedule = case.make("float64")
    steps = [0.5, 1.25, 2.49, 2.5, 7.75, 299.5, 629.9, 1000.1, 12345.678]
    for step in steps:
        exact = case.exact(oracles.Fraction(step), "float64")
        error = abs(float(schedule(step)) - exact)
        assert error <= 1e-10 * max(0.1, abs(exact))


def test_the_error_is_measured_in_ulps():
    assert ulp.error(1.0, 1.0, "float32") == 0
    assert ulp.error(1 + 2**-23, 1.0, "float32") == 1
    assert ulp.error(1 + 2**-23, 1.0, "float64") == 2**29
    assert ulp.error(0.5, 0.5 + oracles.mpmath.mpf(2) ** -9, "bfloat16") == 0.5
    assert ulp.error(float("nan"), 1.0, "float32") != 0
    assert ulp.error(1e-39, 1e-40, "float32") == 0
    assert ulp.error(1e-30, 1e-40, "float32") == float("inf")


def test_an_inexact_rate_exceeds_the_limit():
    case = cases.CASES["restarts-decimal"]
    assert case.excess(630, 0.0, "float32") > 1
    assert case.excess(629, 1.0, "float32") > 1
    off = float(case.exact(7)) * (1 + 2**-23)
    assert case.excess(7, off, "float32") > 1


@pytest.mark.parametrize("step", [300, 630, 993])
def test_the_oracle_restarts_at_the_decimal_step(step):
    case = cases.CASES["restarts-decimal"]
    assert case.exact(step) == 1
    assert case.exact(step - 1) < 1e-4
