"""The client programs in docs/serving.md work exactly as shown."""

import os
import pathlib
import re
import shutil
import sys

import pages
import processes
import pytest

import tf_schedules

_PAGE = "docs/serving.md"


def _block(language: str) -> str:
    (block,) = pages.blocks(_PAGE, language)
    return block


def test_the_python_blocks_export_the_models(tmp_path):
    pages.run(_PAGE, tmp_path)
    for name in ("sgdr", "sgdr-device"):
        version = tmp_path / "models" / name / "1"
        assert (version / "saved_model.pb").exists()


def _bin_with_python(tmp_path) -> pathlib.Path:
    """A folder in which `python` is the interpreter of this process."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "python").chmod(0o755)
    return folder


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
@pytest.mark.parametrize(
    "precision",
    ["float64", pytest.param("float32", marks=pytest.mark.slow)],
)
def test_the_c_block_compiles_and_prints_the_rates(precision, tmp_path):
    schedule = tf_schedules.CosineDecayRestarts(0.1, 300, 1.1)
    version = tf_schedules.export(schedule, tmp_path, precision=precision)
    (tmp_path / "rate.c").write_text(_block("c"))
    program = tmp_path / "rate"
    (commands,) = re.findall(
        r"^```\n(TF=.*?)^```$", pages.text(_PAGE), re.M | re.S
    )
    commands = commands.replace("/tmp/models/sgdr/1", str(version))
    commands = commands.replace("gcc ", "gcc -Wall -Wextra -Werror ")
    result = processes.run(
        *("bash", "-ec", commands),
        cwd=tmp_path,
        PATH=f"{_bin_with_python(tmp_path)}:{os.environ['PATH']}",
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout == "0.100000001\n"
    for step in (0, 500, 992, 993, 2**31 - 1):
        result = processes.run(program, version, step)
        assert result.returncode == 0, result.stderr[-2000:]
        assert float(result.stdout) == pytest.approx(
            float(schedule(step)), abs=1e-7
        )
    assert processes.run(program, tmp_path / "missing", 0).returncode == 1
    assert processes.run(program, version, "12x").returncode == 2


@pytest.mark.skipif(not shutil.which("javac"), reason="no javac")
def test_the_java_block_compiles(tmp_path):
    source = tmp_path / "Rate.java"
    source.write_text(_block("java"))
    result = processes.run(
        "javac", "-Xlint:all", "-Werror", "-d", tmp_path, source
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "Rate.class").exists()
