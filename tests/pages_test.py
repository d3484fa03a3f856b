"""The code on the pages in docs/ works, and what they name and link exists."""

import ast
import json
import pathlib
import re
import textwrap
from collections.abc import Iterator

import pages
import pytest
import tensorflow as tf

import tf_schedules

_DOCS = pages.ROOT / "docs"
_ALL = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted(_DOCS.glob("*.md"))),
]
# Run by the tests of training pages, the README, clients and devices; below.
_ELSEWHERE = [
    *pages.TRAINING,
    "README.md",
    "docs/serving.md",
    "docs/device.md",
    "docs/workers.md",
]


@pytest.mark.parametrize(
    "page", [p for p in _ALL if pages.blocks(p) and p not in _ELSEWHERE]
)
def test_the_python_blocks_of_a_page_run_as_shown(page, tmp_path):
    pages.run(page, tmp_path)


def test_the_python_blocks_for_many_workers_run_as_shown(tmp_path):
    """They run with one worker, at the step of a fence."""
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with strategy.scope():
        schedule = tf_schedules.Adjustable(tf_schedules.Constant(0.1))
    names = pages.run(
        *("docs/workers.md", tmp_path),
        tf=tf,
        tf_schedules=tf_schedules,
        strategy=strategy,
        schedule=schedule,
        model=tf.keras.Sequential(),
        step=100,
        heard=0.5,
    )
    assert names["peak"].aggregation.name == "ONLY_FIRST_REPLICA"
    assert names["counter"] == 1
    assert schedule.edits.rows() == [(100, 0.5)]
    assert names["heard"] is None
    assert names["model"].schedule_weights.built


def test_the_notebook_gives_the_output_that_it_shows():
    """Its pictures are drawn like those that gallery_test.py compares."""
    cells = json.loads((_DOCS / "first_look.ipynb").read_text())["cells"]
    names, shown = {}, 0
    for cell in cells:
        if cell["cell_type"] == "code":
            *lines, last = ast.parse("".join(cell["source"])).body
            exec(ast.unparse(lines), names)
            if not cell["outputs"]:
                exec(ast.unparse(last), names)
            for output in cell["outputs"]:
                text = "".join(output["data"]["text/plain"])
                value = repr(eval(ast.unparse(last), names))
                assert "".join(value.split()) == "".join(text.split())
                shown += 1
    assert shown == 5


def _named_paths(text: str) -> set[str]:
    """The files outside the package that a page names."""
    folders = "benchmarks|docs|examples|saved_models|tests"
    return set(re.findall(rf"(?<![\w/])((?:{folders})/[\w./-]+\.\w+)", text))


@pytest.mark.parametrize("page", _ALL)
def test_every_file_that_a_page_names_exists(page):
    for path in _named_paths(pages.text(page)):
        assert (pages.ROOT / path).is_file(), path


def test_the_check_finds_a_named_file_that_is_missing():
    text = "Run `python tests/benchmark.py` as [docs/scale.md](docs/scale.md)."
    assert _named_paths(text) == {"tests/benchmark.py", "docs/scale.md"}
    assert not (pages.ROOT / "tests" / "benchmark.py").exists()


def _without_blocks(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S)


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the site and GitHub make them."""
    titles = re.findall(r"^#+ (.*)$", _without_blocks(text), re.M)
    return {
        re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-")
        for title in titles
    }


def _broken(page: pathlib.Path, text: str) -> Iterator[str]:
    """The links of a page that lead nowhere; those to other sites are not."""
    text = _without_blocks(text)
    prose = re.sub(r"`[^`\n]*`", "", text)
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    links += re.findall(r"^\[[^\]]+\]: (\S+)$", prose, re.M)
    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path
        if link.startswith("https://"):
            continue
        if path and not target.is_file():
            yield link
        elif anchor:
            there = target.read_text() if path else text
            if anchor not in _anchors(there):
                yield link


@pytest.mark.parametrize("page", _ALL)
def test_every_link_leads_somewhere(page):
    assert [*_broken(pages.ROOT / page, pages.text(page))] == []


def test_a_link_to_nothing_is_found():
    text = """
    # A title, with `code`

    [a](gone.md), [b](numbers.md#gone), [c](#gone), `[d](code)`,
    [e](numbers.md#against-keras), [f](#a-title-with-code), [g](contract.md)
    """
    text = textwrap.dedent(text) + "\n[h]: gone.svg\n"
    found = [*_broken(_DOCS / "index.md", text)]
    assert found == ["gone.md", "numbers.md#gone", "#gone", "gone.svg"]


def test_every_picture_has_a_text_alternative():
    for page in _ALL:
        for words in re.findall(r"!\[([^\]]*)\]", pages.text(page)):
            assert len(words) >= 40, page


def test_every_page_is_in_the_navigation():
    listed = pages.text("mkdocs.yml").partition("\nnav:")[2]
    for path in [*_DOCS.glob("*.md"), *_DOCS.glob("*.ipynb")]:
        assert re.search(rf"\b{path.name}$", listed, re.M), path.name


def test_the_reference_has_every_public_name_once():
    found = re.findall(
        r"^::: tf_schedules\.(\w+)$",
        "\n".join(
            pages.text(p) for p in _ALL if p.startswith("docs/reference")
        ),
        re.M,
    )
    assert sorted(found) == sorted(tf_schedules.__all__)
