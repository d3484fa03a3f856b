"""Pictures of schedules: in figures, in notebooks and in TensorBoard."""

import re
import sys
import types
import xml.etree.ElementTree as ET

import cases
import matplotlib
import numpy as np
import pytest
import tensorflow as tf
from matplotlib import pyplot
from tensorboard.backend.event_processing import event_accumulator

import tf_schedules as tfs
from tf_schedules.catalogue import recipes
from tf_schedules.plotting import axes, curve_of, picture

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def no_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def _points(line):
    return dict(zip(*map(np.ndarray.tolist, line.get_data()), strict=True))


def test_a_restart_is_a_gap_between_its_two_steps():
    schedule = tfs.CosineDecayRestarts(0.1, 300, 1.1)
    ax = tfs.plot(schedule, steps=1000)
    curve, jumps = ax.get_lines()
    points = _points(curve)
    x = curve.get_xdata()
    for last, first in [(299, 300), (629, 630), (992, 993)]:
        at = np.flatnonzero(x == last)[0]
        assert np.isnan(x[at + 1])
        assert x[at + 2] == first
        assert points[last] == schedule(last)
        assert points[first] == schedule(first)
    x = jumps.get_xdata()
    ends = [299, 300, 629, 630, 992, 993]
    assert x[~np.isnan(x)].tolist() == ends
    y = jumps.get_ydata()
    assert y[~np.isnan(y)].tolist() == [points[end] for end in ends]
    assert jumps.get_linestyle() == ":"


def test_schedules_share_axes_and_have_a_legend():
    schedules = [tfs.Constant(0.2), tfs.CosineDecay(0.1, 500)]
    ax = tfs.plot(*schedules, 0.3)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(texts) == 3
    assert texts[0].startswith("Constant(")
    assert texts[1].startswith("CosineDecay(")
    assert all(len(text) <= 74 for text in texts)
    assert [line.get_xdata()[-1] for line in ax.get_lines()] == [499] * 3
    assert tfs.plot(0.1, ax=ax) is ax
    assert len(ax.get_lines()) == 4


def test_a_run_is_drawn_in_epochs():
    run = types.SimpleNamespace(total_steps=1000, epochs=10)
    ax = tfs.plot(tfs.CosineDecay(0.1, 1000), run=run)
    assert ax.get_xlabel() == "epoch"
    (line,) = ax.get_lines()
    assert line.get_xdata()[-1] == pytest.approx(9.99)
    noted = tfs.Sequence([0.1, 0.2], [300])  # shorter than the run
    ax = tfs.plot(noted, run=run)
    assert ax.get_lines()[0].get_xdata()[-1] == pytest.approx(9.99)
    assert [text.xy[0] for text in ax.texts] == [3]


def test_rates_can_be_on_a_logarithmic_scale():
    ax = tfs.plot(tfs.ExponentialDecay(0.1, 10, 0.5), log=True)
    assert ax.get_yscale() == "log"
    assert tfs.plot(0.1).get_yscale() == "linear"


def test_segments_and_edits_are_marked():
    schedule = tfs.Adjustable(
        tfs.Sequence([0.1, tfs.CosineDecay(0.1, 90)], [30]), edits=[(60, 0.5)]
    )
    ax = tfs.plot(schedule)
    assert {text.get_text(): text.xy[0] for text in ax.texts} == {
        "CosineDecay": 30,
        "\N{MULTIPLICATION SIGN}0.5": 60,
    }
    _, ax = pyplot.subplots()
    axes.annotate(ax, schedule, curve_of(schedule, 61))
    assert [text.xy for text in ax.texts] == [(30, 1.0), (60, 1.0)]
    for words in ("CosineDecay", "\N{MULTIPLICATION SIGN}0.5"):
        assert words in schedule._repr_html_()


def test_notes_get_a_fifth_more_room_above_the_curve():
    schedule = tfs.PolynomialDecay(0.2, 10, 0.1)
    noted = tfs.Adjustable(schedule, edits=[(5, 1.0)])
    low, high = tfs.plot(schedule, steps=20).get_ylim()
    got = tfs.plot(noted, steps=20).get_ylim()
    assert got == pytest.approx((low, high + 0.2 * (high - low)))


def test_an_edit_of_the_first_step_is_marked_and_one_after_the_last_is_not():
    edits = [(0, 0.5), (99, 0.25), (100, 0.125)]
    ax = tfs.plot(tfs.Adjustable(0.1, edits=edits), steps=100)
    assert [text.xy[0] for text in ax.texts] == [0, 99]


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="schedules must be at least one"):
        tfs.plot()
    words = r"schedules must be a schedule.* got 'sgdr' \(str\)\. Pass a sched"
    with pytest.raises(TypeError, match=words):
        tfs.plot("sgdr")
    for steps in (0, 2**64):
        with pytest.raises(ValueError, match="steps must be"):
            tfs.plot(0.1, steps=steps)


def test_without_matplotlib_there_is_text(no_matplotlib):
    with pytest.raises(ImportError, match=r"tf-schedules\[plot\]"):
        tfs.plot(0.1)
    assert tfs.Constant(0.1)._repr_html_() is None


@cases.every_class
def test_a_notebook_shows_a_small_picture_beside_the_repr(case):
    schedule = case.make()
    text = schedule._repr_html_()
    assert len(text.encode()) < 30_000
    svg, _, rest = text.partition("<pre>")
    root = ET.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{name}title").text == case.schedule
    words = root.find(f"{name}desc").text
    assert words == root.get("aria-label")
    assert f"of {case.schedule} over" in words
    assert "font-face" not in svg
    assert case.schedule in rest


def test_a_decay_without_an_end_in_sight_has_pictures(tmp_path):
    schedule = tfs.InverseTimeDecay(0.1, 1, 1e-20)
    assert f"over {2**62} steps" in schedule._repr_html_()
    assert max(_scalars(tfs.write_plan(schedule, tmp_path))) == 2**62
    plan = tfs.write_plan(schedule, tmp_path, steps=2**63)
    assert max(_scalars(plan)) == 2**63 - 1


def test_a_small_picture_has_room_for_its_rates_and_shows_all_steps():
    for rate, high in ((0.5, 0.53), (0.0, 0.06)):
        curve = curve_of(tfs.Constant(rate))
        assert picture._limits(curve) == pytest.approx((0.0, high))
    curve = curve_of(tfs.PiecewiseConstantDecay([3], [-1.0, 1.0]), 10)
    assert picture._limits(curve) == pytest.approx((-1.12, 1.12))
    assert ">1k<" in picture.svg_of(tfs.Constant(0.5), 1001)


def test_the_words_are_those_of_the_curve():
    words = picture.svg_of(tfs.PiecewiseConstantDecay([3], [0.5, 0.25]), 10)
    for part in ("10 steps", "starts at 0.5", "0.25,", "has 1 jump and ends"):
        assert part in words


def test_markup_in_a_name_is_escaped():
    text = tfs.Constant(0.1, name="<b>&")._repr_html_()
    assert "<metadata" not in text  # whoever made it, and when
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;" in text


def _contrast(a: str, b: str) -> float:
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in channels
        ]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])

    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#111111"])
def test_pictures_are_readable_on_light_and_on_dark(background):
    svg = picture.svg_of(recipes()["palm"].schedule)
    colours = set(re.findall(r"#[0-9a-f]{6}(?=[;\"])", svg))
    assert len(colours) >= 2
    for colour in colours:
        assert _contrast(colour, background) > 3.9


def _scalars(folder):
    events = event_accumulator.EventAccumulator(str(folder), {"tensors": 0})
    events.Reload()
    return {
        event.step: tf.make_ndarray(event.tensor_proto).item()
        for event in events.Tensors("learning_rate")
    }


def test_the_plan_is_written_for_tensorboard(tmp_path):
    schedule = tfs.CosineDecayRestarts(0.1, 300, 1.1)
    folder = tfs.write_plan(schedule, tmp_path, steps=5000)
    assert folder == tmp_path / "plan"
    plan = _scalars(folder)
    assert 100 < len(plan) <= 1000  # what TensorBoard shows of a curve
    assert plan == {count: schedule(count - 1) for count in plan}
    assert {1, 300, 301, 993, 994, 5000} <= set(plan)


def test_the_plan_lies_over_the_rates_that_are_applied(tmp_path):
    schedule = tfs.CosineDecayRestarts(0.1, 3)
    tfs.write_plan(schedule, tmp_path, steps=8)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(schedule), "mse")
    logger = tfs.LearningRateLogger(tmp_path / "fit", update_freq="batch")
    data = tf.ones([8, 1])
    model.fit(data, data, batch_size=1, verbose=0, callbacks=[logger])
    applied = _scalars(tmp_path / "fit")
    assert len(applied) == 8
    assert _scalars(tmp_path / "plan") == applied


def test_a_plan_replaces_the_one_before(tmp_path):
    other = tmp_path / "plan" / "events.out.tfevents.1.host"
    tfs.write_plan(0.5, tmp_path)
    other.touch()
    run = types.SimpleNamespace(total_steps=7, epochs=1)
    tfs.write_plan(0.25, tmp_path, run=run)
    assert _scalars(tmp_path / "plan") == dict.fromkeys(range(1, 8), 0.25)
    assert other.exists()


def test_a_bad_plan_changes_nothing(tmp_path):
    for arguments in [("x", tmp_path), (0.1, tmp_path, 0), (0.1, "")]:
        with pytest.raises((TypeError, ValueError), match="must be"):
            tfs.write_plan(*arguments)
    assert not list(tmp_path.iterdir())
