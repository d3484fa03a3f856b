"""The driver prints, exports and verifies schedules, and refuses bad flags."""

import csv
import json
import os
import re
import shlex
import sys
from importlib import metadata

import pages
import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver

import tf_schedules
from tf_schedules import cli, options
from tf_schedules.catalogue import recipes
from tf_schedules.plotting import curve_of

_CONFIG = '{"initial_learning_rate": 0.001, "first_decay_steps": 1000}'

_COSINE = '{"initial_learning_rate": 0.1, "decay_steps": 10}'

_NO_SCHEDULE = '--config={"schedule": {"foo": 1}, "warmup_steps": 3}'


@pytest.fixture
def run(capsys):
    """Runs the driver with arguments; returns exit code, output and errors."""

    def call(*arguments):
        with flagsaver.flagsaver():
            try:
                code = cli.main(["tf-schedules", *map(str, arguments)])
            except SystemExit as exit:
                code = exit.code
        return code, *capsys.readouterr()

    return call


def _table(output) -> dict[int, float]:
    row = r"^ *(\d+)  (\d\S*)(?: +(#*))?(?: +\D+)?$"
    rows = re.findall(row, output, re.MULTILINE)
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
    assert "CosineDecayRestarts(0.001, 1000)" in output
    bars = dict(re.findall(r"^ +(\d+) .* (#+)$", output, re.MULTILINE))
    assert len(bars["1000"]) == 2 * len(bars["500"]) == 40


@pytest.mark.slow
@pytest.mark.parametrize("name", recipes())
def test_every_row_is_exported_and_verified(run, name, tmp_path):
    code, output, _ = run(f"--schedule={name}", f"--export_dir={tmp_path}")
    assert code == 0
    assert recipes()[name].source in output
    assert f"exported to {tmp_path}/1\n" in output
    count = len(_table(output))
    assert f"{count} of {count} rates have the same bits" in output
    assert 19 <= count <= 23
    assert f"--model_base_path={tmp_path}" in output
    loaded = tf_schedules.load(tmp_path)
    assert loaded.get_config() == recipes()[name].schedule.get_config()


def test_a_config_overrides_the_arguments_of_a_row(run):
    code, output, _ = run("--schedule=sgdr", '--config={"m_mul": 0.5}')
    assert code == 0
    assert "m_mul=0.5" in output
    assert "CosineDecayRestarts(0.05, 3910, m_mul=0.5)" in output


def test_a_keras_config_is_read_from_a_file(run, tmp_path):
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


def test_the_list_shows_every_row_and_its_source(run):
    code, output, _ = run("--list")
    assert code == 0
    for name, row in recipes().items():
        assert f"{name}\n    {type(row.schedule).__name__}(" in output
        assert row.source in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schedul=sgdr"], "schedul"),
        ([], "--schedule must be"),
        (
            ["--schedule=nope"],
            "--schedule must be a recipe, a class or the directory of an "
            "export; got nope.",
        ),
        (["extra", "--schedule=sgdr"], "extra"),
        (["--schedule=sgdr", "--steps=0"], "--steps must be"),
        (["--schedule=sgdr", "--steps="], "--steps must be"),
        (["--schedule=sgdr", "--steps=,"], "--steps must be"),
        (["--schedule=sgdr", "--steps=1,-2"], "--steps must be"),
        (["--schedule=sgdr", "--steps=1,-2,3"], "--steps must be"),
        (["--schedule=sgdr", "--steps=1:2:3:4"], "--steps must be"),
        (["--schedule=sgdr", "--steps=0:10:0"], "--steps must be"),
        (["--schedule=sgdr", "--steps=a:b:c"], "--steps must be"),
        (["--schedule=sgdr", "--steps=5:1:1"], "--steps must be"),
        (["--schedule=sgdr", "--steps=-5:5:1"], "--steps must be"),
        (["--schedule=sgdr", "--steps=0:99999999999:1"], "--steps must be"),
        (["--schedule=sgdr", f"--steps={2**63},"], "--steps must be"),
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
    ],
)
def test_errors_are_one_line_and_write_nothing(run, arguments, words, tmp_path):
    target = tmp_path / "export"
    code, output, errors = run(*arguments, f"--export_dir={target}")
    assert code == 2
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
    assert code == 2
    assert "--export_dir must be a path" in errors
    assert os.listdir(tmp_path) == []


def test_an_export_with_other_rates_is_reported(run, tmp_path, monkeypatch):
    def other(_, base_dir):
        schedule = tf_schedules.ExponentialDecay(0.1, 10, 0.5)
        return export(schedule, base_dir)

    export = tf_schedules.export
    monkeypatch.setattr(tf_schedules, "export", other)
    code, output, errors = run("--schedule=sgdr", f"--export_dir={tmp_path}")
    assert code == 1
    assert "gives other rates" in errors
    assert "exported to" not in output


def test_the_help_names_every_command_and_flag_first(run):
    for flag in ("--help", "-h", "--helpfull"):
        code, output, errors = run("show", flag)
        assert (code, errors) == (0, "")
        first, _, rest = output.partition("Flags:")
        for command in ("list", "show", "plot", "export"):
            assert f"  tf-schedules {command} " in first
        for name in ("schedule", "config", "steps", "export_dir", "list"):
            assert f"\n  --{name} " in rest
        assert ("--flagfile" in rest) == (flag == "--helpfull")


def test_a_recipe_for_another_run(run, tmp_path):
    code, output, _ = run(
        *("show", "bert-base", "--total_steps=10000", "--peak=2e-5"),
        *("--steps=100,5050,10000", f"--export_dir={tmp_path}"),
    )
    assert code == 0
    assert _table(output) == {100: 2e-5, 5050: 1e-5, 10_000: 0.0}
    schedule = tf_schedules.recipe("bert-base", 10_000, 2e-5)
    assert tf_schedules.load(tmp_path).get_config() == schedule.get_config()


def test_a_changed_recipe_for_another_run(run):
    code, output, _ = run(
        *("show", "sgdr", "--set=t_mul=1.0", "--total_steps=15", "--peak=0.1"),
        "--steps=3",
    )
    assert code == 0
    assert _table(output)[0] == _table(output)[1] == 0.1


def test_the_commands_of_the_page_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = pages.blocks("docs/driver.md", "sh")
    commands = block.replace("\\\n", "").splitlines()
    assert len(commands) == 7
    for command in commands:
        program, *arguments = shlex.split(command)
        code, output, errors = run(*arguments)
        assert (program, code, errors) == ("tf-schedules", 0, ""), command
        assert output
    assert (tmp_path / "rates.svg").is_file()


def test_the_version(run):
    code, output, _ = run("--version")
    assert (code, output) == (
        0,
        f"tf-schedules {metadata.version('tf-schedules')}\n",
    )


def test_the_version_of_a_folder_that_is_not_installed(run, monkeypatch):
    def fail(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", fail)
    _, output, _ = run("--version")
    assert output == "tf-schedules of a folder that is not installed\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "sdgr"], "NAME must be a recipe, a class or the directory"),
        (["show", "sdgr"], "Did you mean sgdr? "),
        (["show", "Run"], "NAME must be a recipe, a class or"),
        (["show", "Schedule"], "NAME must be a recipe, a class or"),
        (["show", "cosinedecay"], "Did you mean CosineDecay? "),
        (["shwo", "sgdr"], "Did you mean show? "),
        (["show"], "show takes one NAME; got none."),
        (["show", "sgdr", "noam"], "got sgdr noam"),
        (["plot"], "plot takes at least one NAME"),
        (["export", "sgdr"], "one NAME and a DIR; got sgdr."),
        (["list", "sgdr"], "list takes no NAME; got sgdr."),
        (["show", "sgdr", "--output=a.svg"], "--output must be"),
        (["plot", "sgdr", "--output=a.jpg"], "got 'a.jpg'"),
        (["show", "sgdr", "--set=t_mul"], "--set must be"),
        (
            ["show", "sgdr", "--set=t_mu=3"],
            "Did you mean t_mul? It has initial",
        ),
        (["show", "sgdr", "--set=t_mul.x=3"], "t_mul has no x. It has none."),
        (["show", "palm", "--set=schedules.2.x=3"], "It has 0, 1."),
        (["show", "Warmup", _NO_SCHEDULE, "--set=schedule.x=1"], "It has foo."),
        (
            ["show", "Warmup", _NO_SCHEDULE, "--set=schedule.foo=2"],
            "serialized must be a mapping",
        ),
        (
            ['--config={"class_name": 1, "config": 2}', "--set=config.x=3"],
            "config has no x. It has none.",
        ),
        (["show", "sgdr", "--set=t_mul=two"], "t_mul must be"),
        (["show", "sgdr", "--format=xml"], "format"),
        (["show", "CosineDecay"], "initial_learning_rate, decay_steps, alpha"),
        (["show", "sgdr", '--config={"alfa": 1}'], "'alfa'"),
        (["show", "sgdr", '--config={"class_name": "X"}'], "'class_name'"),
        (["show", "sgdr", "--total_steps=0"], "total_steps must"),
        (["show", "sgdr", "--total_steps=a"], "total_steps"),
        (["show", "sgdr", "--peak=-1"], "peak must"),
        (["show", "sgdr", "--peak=nan"], "peak must"),
        (
            ["show", "CosineDecay", f"--config={_COSINE}", "--peak=1"],
            "--total_steps and --peak must be left out",
        ),
    ],
)
def test_wrong_use_is_one_line_that_names_the_fix(run, arguments, words):
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("tf-schedules: ")
    assert errors.count("\n") == 1
    assert words in errors


def test_commands_show_export_and_show_what_was_exported(run, tmp_path):
    code, shown, _ = run("show", "sgdr")
    assert code == 0
    code, output, _ = run("export", "sgdr", tmp_path)
    assert code == 0
    assert f"exported to {tmp_path}/1\n" in output
    assert "--model_name=SGDRDecay " in output
    code, again, _ = run("show", f"{tmp_path}/1", "--steps=0,3909,3910")
    assert code == 0
    assert _table(again) == {s: _table(shown)[s] for s in (0, 3909, 3910)}
    assert tf_schedules.load(tmp_path).first_decay_steps == 3910


def test_the_table_has_the_steps_that_matter(run):
    _, output, _ = run("show", "sgdr")
    notes = dict(re.findall(r"^ +(\d+)  .*?  +(\w[a-z, ]+)$", output, re.M))
    assert notes == {
        "0": "start, peak",
        "3909": "last before",
        "3910": "jump",
        "11729": "last before",
        "11730": "jump",
        "27369": "last before",
        "27370": "jump",
        "58649": "end",
    }
    _, output, _ = run("show", "bert-base")
    assert re.search("^ +10000  1e-04 .*  peak$", output, re.M)
    _, output, _ = run("show", "efficientnet")
    assert "...  and 137 jumps more" in output


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("3", [0, 1, 2]),
        ("2:4", [2, 3]),
        ("0:7:3", [0, 3, 6]),
        ("9:0:-4", [9, 5, 1]),
        ("3909,3910", [3909, 3910]),
        ("7,", [7]),
        ("5,1", [5, 1]),
        ("9223372036854775807,", [2**63 - 1]),
    ],
)
def test_steps_are_named_in_every_way(run, text, steps):
    code, output, _ = run("show", "sgdr", f"--steps={text}")
    assert code == 0
    assert list(_table(output)) == steps


def test_a_command_takes_the_schedule_of_the_flag(run):
    want = run("show", "sgdr", "--steps=0,3909")
    assert run("show", "--schedule=sgdr", "--steps=0,3909") == want
    assert want[0] == 0


def test_at_most_a_million_steps_are_named():
    with flagsaver.flagsaver():
        flags.FLAGS(["tf-schedules", "--steps=1000000"])
        assert options.chosen_steps() == range(10**6)
        flags.FLAGS(["tf-schedules", "--steps=1000001"])
        with pytest.raises(options.UsageError, match="to a million steps"):
            options.chosen_steps()


def test_arguments_are_set_at_any_depth(run):
    for change, step, rate in [
        ("schedule.initial_learning_rate=5e-5", 10_000, 5e-5),
        ("initial_learning_rate=5e-5", 0, 5e-5),
        ("warmup_steps=5", 5, 1e-4),
    ]:
        _, output, _ = run("show", "bert-base", f"--set={change}")
        assert _table(output)[step] == rate
    changes = "--set=schedules.1.timescale=1", "--set=boundaries.0=99"
    _, output, _ = run("show", "palm", *changes, "--steps=98,99,102")
    assert _table(output) == {98: 0.01, 99: 0.01, 102: 0.005}
    arguments = ["--set=learning_rate=2", "--set=name=two"]
    _, output, _ = run("show", "Constant", *arguments, "--steps=1")
    assert _table(output) == {0: 2.0}
    arguments = ["--set=learning_rate=2", "--set=name=a=b", "--format=json"]
    _, output, _ = run("show", "Constant", *arguments)
    assert json.loads(output)["schedule"]["config"]["name"] == "a=b"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("peak=1", "Warmup has no peak."),
        ("schedule.peak=1", "PolynomialDecay has no peak."),
        ("warmup_steps.peak=1", "warmup_steps has no peak."),
    ],
)
def test_an_argument_that_is_not_there_is_named_with_its_owner(
    run, change, words
):
    code, output, errors = run("show", "bert-base", f"--set={change}")
    assert (code, output) == (2, "")
    assert words in errors


def test_rates_that_are_not_finite_are_null_in_json(run):
    zero = {"class_name": "Constant", "config": {"learning_rate": 0.0}}
    config = json.dumps({"schedule": zero, "power": -1})
    _, output, _ = run(
        *("show", "Raised", f"--config={config}"),
        *("--format=json", "--steps=0,1"),
    )
    assert json.loads(output)["learning_rate"] == [None, None]


def test_a_picture_has_the_longest_run_and_the_scale(
    run, tmp_path, monkeypatch
):
    seen, plot = [], tf_schedules.plot

    def spy(*schedules, **options):
        seen.append((options["steps"], options["log"]))
        return plot(*schedules, **options)

    monkeypatch.setattr(tf_schedules, "plot", spy)
    file = f"--output={tmp_path}/a.svg"
    assert run("plot", "sgdr", "bert-base", file)[0] == 0
    assert run("plot", "sgdr", "--total_steps=999", "--log", file)[0] == 0
    longest = max(recipes()[name].steps for name in ("sgdr", "bert-base"))
    assert seen == [(longest, False), (999, True)]


def test_the_value_of_a_learnable_argument_is_set(run):
    rate = tf_schedules.unit_interval(0.5)
    schedule = tf_schedules.ExponentialDecay(0.5, 10, rate)
    config = json.dumps(tf_schedules.serialize(schedule))
    change = "--set=decay_rate.value=0.25"
    code, output, _ = run(f"--config={config}", change, "--steps=10,0")
    assert code == 0
    assert _table(output) == pytest.approx({10: 0.125, 0: 0.5})


def test_a_learned_number_outlives_other_changes(run):
    rate = tf_schedules.unit_interval(0.5)
    schedule = tf_schedules.ExponentialDecay(0.5, 10, rate)
    serialized = tf_schedules.serialize(schedule)
    serialized["config"]["decay_rate"]["value"] = 0.25  # `learned` wins over it
    config = f"--config={json.dumps(serialized)}"
    _, output, _ = run(config, "--set=decay_rate.name=other", "--steps=10,")
    assert _table(output) == pytest.approx({10: 0.25})


def test_a_config_may_name_its_class(run):
    named = run("show", "CosineDecay", f"--config={_COSINE}")
    assert named[0] == 0
    assert named[1].startswith("CosineDecay(0.1, 10)")
    whole = {"class_name": "CosineDecay", "config": json.loads(_COSINE)}
    assert run(f"--config={json.dumps(whole)}") == named
    assert run(f"--config= {json.dumps(whole)}") == named  # no path


def test_a_curve_ends_at_the_last_of_the_steps(run, monkeypatch):
    lengths = []

    def seen(schedule, steps=None):
        lengths.append(steps)
        return curve_of(schedule, steps)

    monkeypatch.setattr(cli, "curve_of", seen)
    for command in ("show", "plot"):
        code, *_ = run(command, "sgdr", "--steps=10,100000,20")
        assert code == 0
    assert lengths == [100_001, 100_001]


def test_a_config_may_be_yaml(run, tmp_path):
    pytest.importorskip("yaml")
    file = tmp_path / "config.yaml"
    file.write_text("initial_learning_rate: 1e-3\ndecay_steps: 10\n")
    code, output, _ = run("show", "CosineDecay", f"--config={file}")
    assert code == 0
    assert _table(output)[0] == 0.001
    file.write_text("a: [")
    code, _, errors = run("show", "CosineDecay", f"--config={file}")
    assert code == 2
    assert "--config must be JSON or YAML" in errors


def test_yaml_needs_a_package(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    code, _, errors = run("show", "CosineDecay", "--config={decay_steps: 10}")
    assert code == 2
    assert "For YAML pip install pyyaml." in errors


def test_rates_are_printed_for_programs(run):
    _, output, _ = run("show", "sgdr", "--format=csv", "--steps=0,3909")
    assert output == "step,learning_rate\n0,0.05\n3909,8.069678e-09\n"
    _, output, _ = run("show", "sgdr", "--format=json", "--steps=0,3909")
    content = json.loads(output)
    assert content["steps"] == [0, 3909]
    assert content["learning_rate"] == [0.05, 8.069678e-09]
    schedule = tf_schedules.deserialize(content["schedule"])
    assert schedule.get_config() == recipes()["sgdr"].schedule.get_config()
    _, output, _ = run("list", "--format=json")
    assert [row["name"] for row in json.loads(output)] == list(recipes())
    _, output, _ = run("list", "--format=csv")
    assert [row["name"] for row in csv.DictReader(output.splitlines())] == list(
        recipes()
    )


def test_an_export_leaves_stdout_to_the_rates(run, tmp_path):
    code, output, errors = run(
        *("show", "sgdr", f"--export_dir={tmp_path}", "--format=csv")
    )
    assert code == 0
    header, *rows = csv.reader(output.splitlines())
    assert header == ["step", "learning_rate"]
    assert {len(row) for row in rows} == {2}
    assert errors.startswith(f"exported to {tmp_path}")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_pictures_are_written(run, tmp_path, kind):
    file = tmp_path / f"rates.{kind}"
    code, output, _ = run("plot", "sgdr", "bert-base", f"--output={file}")
    assert (code, output) == (0, f"wrote {file}\n")
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    assert file.read_bytes().startswith(start)
    if kind == "svg":  # with the text of each label in a comment
        assert {"<!-- sgdr -->", "<!-- bert-base -->"} <= {
            *re.findall("<!-- .*? -->", file.read_text())
        }


def test_a_picture_that_cannot_be_written_is_a_failure(run, tmp_path):
    code, _, errors = run("plot", "sgdr", f"--output={tmp_path}/no/a.png")
    assert code == 1
    assert errors.startswith("tf-schedules: ")
    assert errors.count("\n") == 1
