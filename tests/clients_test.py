"""The client programs of docs/serving.md work as they are shown."""

import pathlib
import re
import shutil
import subprocess

import pytest
import tensorflow as tf

import tf_schedules

_DOCS = pathlib.Path(__file__).parent.parent / "docs" / "serving.md"


def _block(language: str) -> str:
    pattern = rf"^```{language}\n(.*?)^```$"
    (block,) = re.findall(pattern, _DOCS.read_text(), re.M | re.S)
    return block


def _run(*command):
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=120
    )


def test_the_python_block(tmp_path):
    code = _block("python").replace("/tmp/", f"{tmp_path}/")
    exec(compile(code, str(_DOCS), "exec"), {})
    for name in ("sgdr", "sgdr-device"):
        version = tmp_path / "models" / name / "1"
        assert (version / "saved_model.pb").exists()


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_c_block(precision, tmp_path):
    schedule = tf_schedules.CosineDecayRestarts(0.1, 300, 1.1)
    version = tf_schedules.export(schedule, tmp_path, precision=precision)
    folder = pathlib.Path(tf.__file__).parent
    source, program = tmp_path / "rate.c", tmp_path / "rate"
    source.write_text(_block("c"))
    result = _run(
        *("gcc", "-Wall", "-Wextra", "-Werror", source, "-o", program),
        *(f"-I{folder}/include", f"-L{folder}", "-l:libtensorflow_cc.so.2"),
        *("-l:libtensorflow_framework.so.2", f"-Wl,-rpath,{folder}"),
        "-Wl,--allow-shlib-undefined",
    )
    assert result.returncode == 0, result.stderr
    for step in (0, 500, 992, 993, 2**31 - 1):
        result = _run(program, version, step)
        assert result.returncode == 0, result.stderr[-2000:]
        assert float(result.stdout) == pytest.approx(
            float(schedule(step)), abs=1e-7
        )
    assert _run(program, tmp_path / "missing", 0).returncode == 1


@pytest.mark.skipif(not shutil.which("javac"), reason="no javac")
def test_the_java_block_compiles(tmp_path):
    source = tmp_path / "Rate.java"
    source.write_text(_block("java"))
    result = _run("javac", "-Xlint:all", "-Werror", "-d", tmp_path, source)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "Rate.class").exists()
