"""The code in the README and the pages works exactly as shown."""

import pathlib
import re
import shutil
import sys
import textwrap

import processes
import pytest
import tensorflow as tf

import tf_schedules

_ROOT = pathlib.Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _README, re.M | re.S)


def test_the_python_blocks_run_as_shown(tmp_path):
    code = "\n".join(_blocks("python")).replace("/tmp/", f"{tmp_path}/")
    assert "tf_schedules.export" in code
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "schedule" / "1" / "saved_model.pb").exists()


def test_the_python_blocks_for_many_workers_run_as_shown():
    """They run with one worker, at the step of a fence."""
    page = (_ROOT / "docs" / "scale.md").read_text()
    blocks = re.findall(r"^ *```python\n(.*?)^ *```$", page, re.M | re.S)
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with strategy.scope():
        schedule = tf_schedules.Adjustable(tf_schedules.Constant(0.1))
    names = {
        "tf": tf,
        "tf_schedules": tf_schedules,
        "strategy": strategy,
        "schedule": schedule,
        "model": tf.keras.Sequential(),
        "step": 100,
        "heard": 0.5,
    }
    for block in blocks:
        exec(compile(textwrap.dedent(block), "scale.md", "exec"), names)
    assert names["peak"].aggregation.name == "ONLY_FIRST_REPLICA"
    assert names["counter"] == 1
    assert schedule.edits.rows() == [(100, 0.5)]
    assert names["heard"] is None
    assert names["model"].schedule_weights.built


@pytest.mark.parametrize("name", ["own_schedules.md"])
def test_the_python_blocks_of_pages_run_as_shown(name, tmp_path):
    page = (_ROOT / "docs" / name).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    assert blocks
    code = "\n".join(blocks).replace("/tmp/", f"{tmp_path}/")
    exec(compile(code, name, "exec"), {"__name__": "page"})


def test_each_bash_block_is_one_command():
    first, second, third = blocks = _blocks("bash")
    for block in blocks:
        assert block.count("\n") == 1
    assert ".venv/bin/tf-schedules --schedule=" in first
    assert first.strip().endswith("--export_dir=exported/sgdr")
    assert ".venv/bin/python -m pytest -n 2" in second
    assert third.strip().endswith("-m pytest tests/tpu")


@pytest.mark.skipif(not shutil.which("Rscript"), reason="no R")
def test_the_r_block_prints_the_rates(tmp_path):
    (code,) = _blocks("r")
    script = tmp_path / "readme.R"
    script.write_text(code)
    result = processes.run(
        *("Rscript", script),
        RETICULATE_PYTHON=sys.executable,
        PYTHONPATH=str(_ROOT),
    )
    if "there is no package called" in result.stderr:
        pytest.skip("R without reticulate")
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.split() == ["0.001", "5e-04", "2.467e-09", "0.001"]


def _named_paths(text: str) -> set[str]:
    """The files outside the package that a page names."""
    folders = "benchmarks|docs|examples|saved_models|tests"
    return set(re.findall(rf"\b((?:{folders})/[\w./-]+\.\w+)", text))


@pytest.mark.parametrize(
    "page",
    [
        "CONTRIBUTING.md",
        "README.md",
        "docs/layers.md",
        "docs/own_schedules.md",
        "docs/scale.md",
        "docs/serving.md",
        "docs/training.md",
        "docs/values.md",
    ],
)
def test_every_file_that_a_page_names_exists(page):
    for path in _named_paths((_ROOT / page).read_text()):
        assert (_ROOT / path).is_file(), path


def test_the_check_finds_a_named_file_that_is_missing():
    text = "Run `python tests/benchmark.py` as [docs/scale.md](docs/scale.md)."
    assert _named_paths(text) == {"tests/benchmark.py", "docs/scale.md"}
    assert not (_ROOT / "tests" / "benchmark.py").exists()


def test_the_tables_name_every_class_and_file():
    for name in tf_schedules.__all__:
        if name[0].isupper() and name != "Schedule":
            assert f"| `{name}(" in _README, name
    architecture = _README.partition("## Architecture")[2]
    for path in (_ROOT / "tf_schedules").iterdir():
        is_room = (path / "__init__.py").exists()
        if is_room or path.suffix == ".py":
            name = f"`{path.name}/`" if is_room else f"`{path.name}`"
            assert name in architecture, name
