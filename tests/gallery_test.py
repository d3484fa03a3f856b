"""The pictures in the documents are those that the code draws."""

import re

import pages
import pytest
from modules import module_at

import tf_schedules as tfs

draw = module_at(pages.ROOT / "docs" / "draw.py")


@pytest.fixture(scope="module")
def drawn():
    return draw.pictures()


def test_every_picture_is_there_and_is_what_the_code_draws(drawn):
    assert draw.gaps(drawn) == []


def test_pictures_are_small(drawn):
    for name, svg in drawn.items():
        assert len(svg.encode()) < 15_000, name


def test_what_is_missing_or_differs_is_named(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(draw, "PICTURES", tmp_path)
    monkeypatch.setattr(draw, "GALLERY", tmp_path / "gallery.md")
    names = ["Constant.svg", "sgdr.svg", "noam.svg"]
    for name in names:
        (tmp_path / name).write_text(drawn[name])
    (tmp_path / "old.svg").write_text(drawn["noam.svg"])
    lower = tfs.CosineDecayRestarts(0.05, 3800)
    (tmp_path / "sgdr.svg").write_text(draw.svg_of(lower, 58_650))
    some = {name: drawn[name] for name in [*names, "palm.svg"]}
    assert [gap for gap in draw.gaps(some) if "example" not in gap] == [
        "docs/gallery.md is not what the code writes",
        "docs/pictures/old.svg shows no class and no recipe",
        "docs/pictures/palm.svg is missing",
        "docs/pictures/sgdr.svg is not what the code draws",
    ]
    assert "Warmup has no example in docs/draw.py" in draw.gaps(some)


def test_a_class_that_is_new_is_drawn_as_its_docstring_makes_it(monkeypatch):
    class New(tfs.Schedule):
        """A new one.

        >>> rate = 0.5
        >>> schedule = New(rate)
        """

        learning_rate: float
        name: str | None = "New"

        def _formula(self, step, learning_rate):
            return learning_rate / (1.0 + step)

    monkeypatch.setattr(tfs, "New", New, raising=False)
    monkeypatch.setattr(tfs, "__all__", [*tfs.__all__, "New"])
    found = draw.classes()
    assert found["New"].caption == "`New(rate)`"
    assert "<title>New</title>" in draw.svg_of(found["New"].schedule)


def _with_paths(svg, change):
    return re.sub(' d="[^"]*"', lambda path: change(path[0]), svg)


def test_pictures_are_compared_as_data(drawn):
    svg = drawn["sgdr.svg"]
    other = _with_paths(svg, lambda d: re.sub(r"(\.\d)\d", r"\1", d))
    assert other != svg
    assert not draw.differs(svg, other)
    moved = _with_paths(svg, lambda d: d.replace(" 3", " 4"))
    assert draw.differs(svg, moved)
    assert draw.differs(svg, svg.replace(">20k<", ">30k<"))


def test_the_readme_shows_a_picture():
    readme = pages.text("README.md")
    (picture,) = re.findall(r"^!\[[^\]]{40,}\]\((.*)\)$", readme, re.M)
    assert (pages.ROOT / picture).is_file()
    assert "docs/gallery.md" in readme
