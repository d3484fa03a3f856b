"""What the losses of a range test suggest, and their picture."""

import copy
import dataclasses
import sys
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot

from tf_schedules.keras.range_curve import METHODS, choose

matplotlib.use("agg")
_RATES = np.geomspace(1e-6, 1.0, 100)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    pyplot.close("all")


def _found(losses, method="valley"):
    return choose(_RATES, losses, losses, method)


def _falling(start, end, depth=0.9):
    """Flat up to one step, falling to another, and rising from there."""
    return np.interp(np.arange(100), [start, end, 99], [1.0, 1.0 - depth, 5.0])


def test_the_valley_is_the_middle_of_the_longest_falling_run():
    found = _found(_falling(40, 80))
    assert found.suggestion == pytest.approx(_RATES[60], rel=1e-6)
    assert found.how.startswith("valley: step 60 of 100")
    # Losses between those of the run may be higher.
    losses = _falling(40, 80)
    losses[50:70:4] += 0.5
    assert 56 <= np.searchsorted(_RATES, _found(losses).suggestion) <= 63


def test_the_steepest_is_where_the_loss_falls_fastest():
    losses = np.interp(
        np.arange(100), [30, 60, 65, 80, 81, 82], [2, 1.8, 0.8, 0.7, 9, 1]
    )
    found = _found(losses, "steepest")
    # Not after the lowest loss, where it falls from 9 to 1.
    assert 60 <= np.searchsorted(_RATES, found.suggestion) <= 65


def test_the_first_tenth_is_left_out():
    losses = _falling(40, 80)
    losses[:10] = 9.0
    found = _found(losses, "steepest")
    assert 40 <= np.searchsorted(_RATES, found.suggestion) <= 80


@pytest.mark.parametrize("method", ["valley", "steepest"])
def test_a_curve_that_shows_nothing_suggests_nothing(method):
    rng = np.random.default_rng(0)
    for losses, words in [
        (np.ones(100), "the loss must fall by more than"),
        (2.0 + rng.normal(size=100), "the loss must fall by more than"),
        (np.linspace(1.0, 0.995, 100), "the loss must fall by more than 0.01"),
        (np.linspace(4.0, 3.98, 100), "the loss must fall by more than 0.04"),
        (np.zeros(100), "the loss must fall by more than 0"),
        (np.linspace(1.0, 3.0, 12), "the loss must fall by more than"),
        (np.linspace(1.0, 5.0, 100), "the loss must fall by more than"),
        (np.ones(9), "a suggestion needs 10 losses before they diverge; got 9"),
        ([], "a suggestion needs 10 losses before they diverge; got 0"),
    ]:
        found = _found(losses, method)
        assert found.suggestion is None
        assert found.how.startswith(words)
        assert len(found.rates) == len(losses)


def test_noise_is_that_up_to_the_lowest_mean():
    """A fall of 3e-3 a step, from step 17 on with noise of 0.05."""
    steps = np.arange(100)
    losses = 1.0 - 3e-3 * steps
    losses[17:] += 0.05 * (-1.0) ** steps[17:]
    losses[40:] += 1.0 + (-1.0) ** steps[40:]  # diverges
    # Second differences of 0.2 make 5 * 0.2 / 1.652 / 10**0.5; the first fifth
    # has a median of 0.9745, and the lowest ten losses a mean of 0.8965.
    assert _found(losses).how.startswith(
        "the loss must fall by more than 0.19, given its noise; it falls from "
        "0.9745 by 0.078 between"
    )


def test_ten_losses_are_enough():
    """The last three are 1.2 % lower, where 1 % is the least."""
    losses = np.array([1.0] * 7 + [0.988] * 3)
    assert _found(losses).suggestion is not None


def test_a_loss_that_only_rises_is_steepest_at_its_start():
    rates, losses = np.geomspace(1.0, 100.0, 3), np.array([0.0, 1.0, 1.0])
    assert METHODS["steepest"](rates, losses) == 0


def test_a_fall_in_noise_is_found():
    rng = np.random.default_rng(0)
    for scale in (0.05, 0.3):
        found = _found(_falling(40, 80) + scale * rng.normal(size=100))
        assert found.suggestion is not None


def test_the_picture_shows_the_losses_and_marks_the_suggestion():
    losses = _falling(40, 80)
    losses[81:] = 9.0
    found = _found(losses)
    ax = found.plot()
    assert ax.get_xscale() == "log"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate", "loss")
    losses, smoothed, marked = ax.lines
    np.testing.assert_array_equal(losses.get_ydata(), found.losses)
    np.testing.assert_array_equal(smoothed.get_xdata(), found.rates)
    assert marked.get_xdata()[0] == found.suggestion
    assert ax.get_ylim()[1] < 1.5  # without the losses that diverge
    shown = found.losses[: found.losses.argmin() + 1]
    low, high = shown.min(), shown.max()
    margin = (high - low) / 10
    np.testing.assert_allclose(ax.get_ylim(), (low - margin, high + 2 * margin))
    assert found.plot(ax) is ax
    for losses in (np.ones(100), np.linspace(1.0, 5.0, 100), []):
        found = _found(losses)
        ax = found.plot()
        assert len(ax.lines) == 2
        if len(losses):
            np.testing.assert_allclose(ax.get_ylim(), (0.9, 1.2))
        assert "suggestion: none" in found._repr_html_()


def test_curves_are_compared_by_identity_and_frozen():
    found = _found(_falling(40, 80))
    assert len({found, copy.copy(found)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.suggestion = 1.0


def test_a_notebook_shows_a_small_picture_beside_the_repr():
    found = _found(_falling(40, 80))
    text = found._repr_html_()
    assert len(text.encode()) < 30_000
    svg, _, rest = text.partition("<pre>")
    root = ET.fromstring(svg)
    words = root.get("aria-label")
    assert words.startswith("The loss at 100 learning rates from 1e-06 to 1:")
    assert words.endswith(f"suggestion: {found.suggestion:.3g}.")
    assert rest.startswith("RangeCurve(suggestion=")


def test_without_matplotlib_there_is_text(monkeypatch):
    found = _found(_falling(40, 80))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"tf-schedules\[plot\]"):
        found.plot()
    assert found._repr_html_() is None
