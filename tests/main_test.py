"""The driver: what it prints, exports, checks and refuses."""

import json
import os
import re

import pytest
import tensorflow as tf
from absl import app, flags
from absl.testing import flagsaver

import tf_schedules
from tf_schedules import cli
from tf_schedules.catalogue import CATALOGUE

_CONFIG = '{"initial_learning_rate": 0.001, "first_decay_steps": 1000}'

_COSINE = '{"initial_learning_rate": 0.1, "decay_steps": 10}'
_SERIALIZED = f'{{"class_name": "CosineDecay", "config": {_COSINE}}}'


@pytest.fixture
def run(capsys):
    """Runs the driver with flags; returns exit code, output and errors."""

    def call(*arguments):
        with flagsaver.flagsaver():
            flags.FLAGS.unparse_flags()
            try:
                code = cli.main(cli._parse_flags(["tf-schedules", *arguments]))
            except SystemExit as exit:
                code = exit.code
        return code, *capsys.readouterr()

    yield call
    flags.FLAGS.mark_as_parsed()


def _table(output) -> dict[int, float]:
    rows = re.findall(r"^ +(\d+)  (\S+)(?: +(#*))?$", output, re.MULTILINE)
    return {int(step): float(rate) for step, rate, _ in rows}


def test_a_class_and_a_config_print_a_table(run):
    code, output, _ = run(
        "--schedule=CosineDecayRestarts",
        f"--config={_CONFIG}",
        "--steps=0:7000:500",
    )
    assert code == 0
    table = _table(output)
    assert list(table) == list(range(0, 7000, 500))
    assert table[0] == table[1000] == table[3000] == 0.001
    assert table[500] == table[2000] == table[5000] == 0.0005
    assert "first_decay_steps=1000" in output
    bars = dict(re.findall(r"^ +(\d+) .* (#+)$", output, re.MULTILINE))
    assert len(bars["1000"]) == 2 * len(bars["500"]) == 40


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_row_is_exported_and_verified(run, name, tmp_path):
    code, output, _ = run(f"--schedule={name}", f"--export_dir={tmp_path}")
    assert code == 0
    assert CATALOGUE[name].source in output
    assert f"exported to {tmp_path}/1\n" in output
    count = len(_table(output))
    assert f"{count} of {count} rates have the same bits" in output
    assert 20 <= count <= 23
    assert f"--model_base_path={tmp_path}" in output
    loaded = tf_schedules.load(tmp_path)
    assert loaded.get_config() == CATALOGUE[name].schedule.get_config()


def test_a_config_changes_a_row(run):
    code, output, _ = run("--schedule=sgdr", '--config={"m_mul": 0.5}')
    assert code == 0
    assert "m_mul=0.5" in output
    assert "first_decay_steps=3910" in output


def test_a_config_is_read_from_a_file_of_keras(run, tmp_path):
    theirs = tf.keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    file = tmp_path / "config.json"
    serialized = tf.keras.optimizers.schedules.serialize(theirs)
    for name, config in [
        (["--schedule=ExponentialDecay"], theirs.get_config()),
        (["--schedule=ExponentialDecay"], serialized),
        ([], serialized),
    ]:
        file.write_text(json.dumps(config))
        code, output, _ = run(*name, f"--config={file}", "--steps=0:21:10")
        assert code == 0
        assert _table(output) == {0: 0.5, 10: 0.25, 20: 0.125}


def test_the_list_has_every_row_and_its_source(run):
    code, output, _ = run("--list")
    assert code == 0
    for name, row in CATALOGUE.items():
        assert f"{name}\n    {type(row.schedule).__name__}(" in output
        assert row.source in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schedul=sgdr"], "schedul"),
        ([], "--schedule must be"),
        (["--schedule=nope"], "got nope"),
        (["extra", "--schedule=sgdr"], "extra"),
        (["--schedule=sgdr", "--steps=1"], "--steps must be"),
        (["--schedule=sgdr", "--steps=0:10:0"], "--steps must be"),
        (["--schedule=sgdr", "--steps=a:b:c"], "--steps must be"),
        (["--schedule=sgdr", "--steps=5:1:1"], "--steps must be"),
        (["--schedule=sgdr", "--steps=-5:5:1"], "--steps must be"),
        (["--schedule=sgdr", "--steps=0:99999999999:1"], "--steps must be"),
        (["--schedule=sgdr", "--config={"], "--config must be JSON"),
        (["--schedule=sgdr", "--config={}x"], "--config must be JSON"),
        (["--schedule=sgdr", "--config=missing.json"], "--config must be"),
        (["--schedule=sgdr", "--config="], "--config must be"),
        (["--schedule=sgdr", "--config=[1]"], "--config must be a JSON object"),
        (["--schedule=sgdr", '--config={"t_mul": 0.5}'], "t_mul must be"),
        (["--schedule=sgdr", '--config={"t_mul": NaN}'], "t_mul must be"),
        (["--schedule=sgdr", '--config={"t_mul": "2"}'], "t_mul must be"),
        (["--schedule=sgdr", '--config={"tmul": 2}'], "tmul"),
        (["--schedule=ExponentialDecay"], "initial_learning_rate"),
        (
            ["--schedule=sgdr", '--config={"class_name": "X", "config": {}}'],
            "--schedule must be X",
        ),
        (['--config={"class_name": "X", "config": {}}'], "class_name must"),
        (["--schedule=sgdr", "--total_steps=0"], "total_steps must"),
        (["--schedule=sgdr", "--total_steps=a"], "total_steps"),
        (["--schedule=sgdr", "--peak=-1"], "peak must"),
        (["--schedule=sgdr", "--peak=nan"], "peak must"),
        (
            ["--schedule=CosineDecay", f"--config={_COSINE}", "--peak=1"],
            "--total_steps and --peak must be left out",
        ),
        (
            [f"--config={_SERIALIZED}", "--total_steps=9"],
            "--total_steps and --peak must be left out",
        ),
    ],
)
def test_errors_are_one_line_and_write_nothing(run, arguments, words, tmp_path):
    target = tmp_path / "export"
    code, output, errors = run(*arguments, f"--export_dir={target}")
    assert code == 1
    assert errors.startswith("tf-schedules: ")
    assert errors.count("\n") == 1
    assert words in errors
    assert not _table(output)
    assert os.listdir(tmp_path) == []


def test_an_export_to_a_file_is_refused(run, tmp_path):
    file = tmp_path / "file"
    file.touch()
    code, _, errors = run("--schedule=sgdr", f"--export_dir={file}")
    assert code == 1
    assert "base_dir must be a directory" in errors


def test_an_empty_path_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, errors = run("--schedule=sgdr", "--export_dir=")
    assert code == 1
    assert "--export_dir must be a path" in errors
    assert os.listdir(tmp_path) == []


def test_an_export_that_differs_is_noticed(run, tmp_path, monkeypatch):
    def other(_, base_dir):
        schedule = tf_schedules.ExponentialDecay(0.1, 10, 0.5)
        return export(schedule, base_dir)

    export = tf_schedules.export
    monkeypatch.setattr(tf_schedules, "export", other)
    code, output, errors = run("--schedule=sgdr", f"--export_dir={tmp_path}")
    assert code == 1
    assert "gives other rates" in errors
    assert "exported to" not in output


def test_the_help_names_every_flag(run):
    app.define_help_flags()
    _, output, _ = run("--helpfull")
    flags = ("schedule", "config", "steps", "total_steps", "peak", "export_dir")
    for flag in (*flags, "list"):
        assert f"--{flag}" in output or f"--[no]{flag}" in output
