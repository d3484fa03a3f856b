"""The driver where people see it: in terminals, in pipes, with TensorFlow."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import numpy as np
import processes
import pytest

import tf_schedules as tfs
from tf_schedules import cli, terminal
from tf_schedules.catalogue import recipes
from tf_schedules.plotting.curve import curve_of

_DRIVER = (sys.executable, "-m", "tf_schedules")
_ENVIRONMENT = {
    name: value
    for name, value in processes.environment().items()
    if name not in ("COLUMNS", "TF_CPP_MIN_LOG_LEVEL")
}


def _in_terminal(width: int, *arguments: str):
    """Exit code, what is shown, and what is written to stderr."""
    ours, theirs = pty.openpty()
    size = struct.pack("HHHH", 40, width, 0, 0)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    process = subprocess.Popen(
        [*_DRIVER, *arguments],
        env=_ENVIRONMENT,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 2**16)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    errors = process.stderr.read().decode()
    return process.wait(60), shown.decode().replace("\r\n", "\n"), errors


def _piped(*arguments: str):
    result = subprocess.run(
        [*_DRIVER, *arguments],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(
    "width", [80, pytest.param(200, marks=pytest.mark.slow)]
)
def test_show_fills_the_terminal_and_no_more(width):
    code, shown, errors = _in_terminal(width, "show", "sgdr")
    assert (code, errors) == (0, "")
    lines = shown.splitlines()
    assert max(map(len, lines)) == width
    (labels,) = (line for line in lines if line.startswith("step "))
    for step in ("0", "3910", "11730", "27370", "58649"):
        assert step in labels.split()
    assert re.search("^ +3909  8.069678e-09 +last before$", shown, re.M)


def test_commands_in_a_terminal_and_in_a_pipe(tmp_path):
    code, shown, errors = _in_terminal(80, "plot", "bert-base", "noam")
    assert (code, errors) == (0, "")
    assert len(re.findall("^ +step  0 ", shown, re.M)) == 2
    code, shown, errors = _in_terminal(200, "list")
    assert (code, errors) == (0, "")
    assert max(map(len, shown.splitlines())) <= 200
    code, output, errors = _piped("export", "sgdr", str(tmp_path))
    assert (code, errors) == (0, "")
    assert f"exported to {tmp_path}/1\n" in output


@pytest.mark.parametrize("width", [60, 80, 200])
def test_help_and_refusals_come_at_once_and_fit(width):
    code, shown, errors = _in_terminal(width, "--help")
    assert (code, errors) == (0, "")
    assert "tf-schedules show NAME" in shown
    assert max(map(len, shown.partition("Flags:")[2].splitlines())) <= width
    code, shown, errors = _in_terminal(width, "show", "sgdr", "--steps=x")
    assert (code, shown) == (2, "")
    assert errors.startswith("tf-schedules: --steps must be")


def test_help_and_refusals_import_no_tensorflow():
    for arguments in (["--version"], ["--help"], ["--no-such-flag"], ["x"]):
        program = [sys.executable, "-X", "importtime", "-m", "tf_schedules"]
        result = processes.run(*program, *arguments)
        assert "tf_schedules.options" in result.stderr
        assert "tensorflow" not in result.stderr.replace("tf_schedules", "")


def test_whoever_reads_may_stop_reading():
    # It closes the pipe long before there is anything to read.
    script = '"$0" -m tf_schedules list | true; echo "${PIPESTATUS[0]}"'
    result = processes.run("bash", "-c", script, sys.executable)
    assert (result.stdout, result.stderr) == ("0\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_a_failure():
    script = '"$0" -m tf_schedules show sgdr > /dev/full'
    result = processes.run("bash", "-c", script, sys.executable)
    assert result.returncode == 1
    assert result.stderr.startswith("tf-schedules: ")
    assert result.stderr.count("\n") == 1


def _first(folder):
    """The path of modules, with a folder before all others."""
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])


def test_a_traceback_is_never_swallowed(tmp_path):
    broken = tmp_path / "tensorflow.py"
    broken.write_text("raise RuntimeError('broken TensorFlow')")
    result = processes.run(*_DRIVER, "list", PYTHONPATH=_first(tmp_path))
    assert result.returncode == 1
    assert "RuntimeError: broken TensorFlow" in result.stderr


def test_after_the_start_everything_reaches_stderr_in_its_order(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("""
import atexit, os, sys

@atexit.register
def speak():
    print("Python", file=sys.stderr)
    os.write(2, b"C++\\n")
""")
    driver = sys.executable, "-mtf_schedules"
    result = processes.run(*driver, "list", PYTHONPATH=_first(tmp_path))
    assert (result.returncode, result.stderr) == (0, "Python\nC++\n")


def test_stderr_may_be_closed():
    script = '"$0" -m tf_schedules show sgdr --steps=2 2>&-'
    result = processes.run("bash", "-c", script, sys.executable)
    assert result.returncode == 0
    assert "SGDR" in result.stdout


def test_another_program_is_left_alone():
    """Not the driver's process: its flags and its stderr are its own."""
    code = """
import os, sys
sys.argv = ["train.py", "--no_such_flag"]
before = sys.stderr
import tf_schedules
print(sys.stderr is before, os.environ.get("TF_CPP_MIN_LOG_LEVEL"))
"""
    output = processes.output_of(code, TF_CPP_MIN_LOG_LEVEL="2")
    assert output == "True 2\n"


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """What the driver shows in a terminal, as lines."""

    def call(*arguments, width=60):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(sys, "stdout", screen := _Terminal())
        assert cli.main(["tf-schedules", *arguments]) == 0
        return screen.getvalue().splitlines()

    return call


@pytest.mark.parametrize("name", recipes())
def test_every_row_fits(shown, name):
    for width in (40, 80, 200):
        lines = shown("show", name, width=width)
        (axis,) = (line for line in lines if "\u2514" in line)
        assert len(axis) == width
        assert max(map(len, lines)) <= max(width, 50)


def _without_spaces(lines):
    return "".join("".join(lines).split())


def test_the_list_is_wrapped(shown):
    lines = shown("list")
    assert max(map(len, lines)) <= 60
    text = _without_spaces(lines)
    for name, row in recipes().items():
        assert _without_spaces([name, repr(row.schedule), row.source]) in text


@pytest.mark.parametrize("steps", ["1", "2"])
def test_more_than_one_step_is_drawn(shown, steps):
    lines = shown("show", "sgdr", f"--steps={steps}")
    assert any("\u2514" in line for line in lines) == (steps == "2")


def test_the_axis_ends_with_the_last_step(shown):
    """The label of a jump next to it is placed after it, and so left out."""
    labels = [line.split() for line in shown("show", "edm2-average")]
    assert ["step", "0", "1048575"] in labels


def _raster(schedule, steps, width, braille=True):
    return terminal.drawing(curve_of(schedule, steps), [0], width, braille)


def test_the_curve_has_its_highest_point_in_its_column():
    lines = _raster(
        tfs.Warmup(tfs.PolynomialDecay(1.0, 900, 0.0), 100), 1001, 86, False
    )
    top = lines[0].index("*") - lines[-2].index("+") - 1
    assert abs(top - 8) <= 1
    assert lines[0].lstrip().startswith("1 |")
    assert lines[11].lstrip().startswith("0 |")


def test_a_jump_is_a_vertical_line():
    lines = _raster(
        tfs.PiecewiseConstantDecay([499], [1.0, 0.0]), 1000, 86, False
    )
    columns = [line.rindex("*") for line in lines[1:11]]
    assert len(set(columns)) == 1


def test_what_is_not_finite_is_left_out():
    lines = _raster(tfs.ExponentialDecay(1.0, 1, 10.0), 100, 60)
    assert any(c > "\N{BRAILLE PATTERN BLANK}" for c in "".join(lines))
    rates = np.array([np.inf, np.nan, 1.0], np.float32)
    table = terminal.table(rates, {0: "", 1: "", 2: ""}, 80, bars=True)
    assert [line.split()[1] for line in table[1:]] == ["inf", "nan", "1.0"]


# A line from 1 to 0.5, then 0.25 from step 60 on.
_STAIR = tfs.Sequence([tfs.PolynomialDecay(1.0, 60, 0.5), 0.25], [60])
_NOTES = {0: "start", 59: "last before", 60: "jump", 99: "end"}

_ASCII = """\
   1 |***
     |  ***
     |    ****
     |       ****
     |          ***
     |            ***
     |              *
     |              *
     |              **********
     |
     |
   0 |
     ++------+------+--------+
step  0     30     60       99
"""
_DOTS = """\
   1 │⠙⢦⡀
     │  ⠉⠳⣄
     │    ⠈⠓⢦⡀
     │       ⠙⠲⣄
     │         ⠈⠳⢤⡀
     │            ⠙⠦⡄
     │              ⡇
     │              ⡇
     │              ⣇⣀⣀⣀⣀⣀⣀⣀⣀⣀
     │
     │
   0 │
     └┬──────┬──────┬────────┬
step  0     30     60       99
"""
_BELOW_0 = """\
 0.5 |***
     |  **
     |   ***
     |     **
     |      **
     |       *
     |       **
     |        **
     |         **
     |          **
     |           **
-0.5 |            ******
     ++-----------------
step  0
"""
_BARS = """\
        step  learning_rate
           0  1.0            ##################  start
          59  0.5083333      #########           last before
          60  0.25           ####                jump
          99  0.25           ####                end
"""
_NO_BARS = """\
        step  learning_rate
           0  1.0              start
          59  0.5083333        last before
          60  0.25             jump
          99  0.25             end
"""


def _text(lines):
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(("braille", "want"), [(False, _ASCII), (True, _DOTS)])
def test_a_drawing_is_the_curve(braille, want):
    curve, marks = curve_of(_STAIR, 100), [0, 99, 60, 59, 30]
    assert _text(terminal.drawing(curve, marks, 30, braille)) == want


def test_a_drawing_goes_below_0_where_the_rate_does():
    curve = curve_of(tfs.CosineDecay(1.0, 40) - 0.5, 50)
    assert _text(terminal.drawing(curve, [0], 24, braille=False)) == _BELOW_0


def test_a_drawing_reaches_from_the_lowest_to_the_highest_rate():
    seen = curve_of(tfs.Constant(-0.5) - tfs.PolynomialDecay(0.5, 7, 0.0), 8)
    lines = terminal.drawing(seen, [], 16, braille=False)
    assert (lines[0], lines[11]) == ("-0.5 |         *", "  -1 |**")
    assert all("*" in line for line in lines[:12])


@pytest.mark.parametrize(
    ("marks", "want"),
    [
        ([20, 26, 23], {19: "20", 22: "23", 25: "26"}),
        ([20, 26, 24], {19: "20", 25: "26"}),
        ([20, 21], {19: "20"}),
        ([20, 22], {19: "20", 22: "22"}),
        ([0, 1], {0: "0"}),
        ([40, 0, 2], {0: "0", 2: "2", 39: "40"}),
    ],
)
def test_labels_have_a_column_between_them(marks, want):
    seen = curve_of(tfs.Constant(1.0), 41)
    *_, line = terminal.drawing(seen, marks, 47, braille=False)
    assert {m.start() - 6: m[0] for m in re.finditer(r"\d+", line)} == want


def test_one_step_is_a_dot_and_two_are_a_line():
    for steps, want in [(1, "*"), (2, 10 * "*")]:
        seen = curve_of(tfs.Sequence([1.0, 1.0], [1]), steps)
        assert (
            terminal.drawing(seen, [], 1, braille=False)[0] == f"   1 |{want}"
        )


def test_bars_are_as_long_as_rates_are_high_whatever_their_sign():
    rates = np.array([0.25, -0.5, np.inf, np.nan, 0.0], np.float32)
    notes = dict.fromkeys(range(5), "")
    lines = terminal.table(rates, notes, 80, bars=True)
    assert [line.count("#") for line in lines] == [0, 20, 40, 40, 0, 0]


@pytest.mark.parametrize(
    ("width", "bars", "want"),
    [(60, True, _BARS), (40, True, _NO_BARS), (60, False, _NO_BARS)],
)
def test_bars_take_what_is_left_of_the_width(width, bars, want):
    rates = _STAIR([*_NOTES]).numpy()
    assert _text(terminal.table(rates, _NOTES, width, bars)) == want


def test_bars_have_at_most_40_characters():
    lines = terminal.table(_STAIR([0, 59]).numpy(), {0: "", 59: ""}, 200, True)
    assert [line.count("#") for line in lines] == [0, 40, 20]


@pytest.mark.parametrize("turn", [18, 19, 22, 23])
def test_only_turns_apart_from_a_jump_are_steps_of_their_own(turn):
    stair = tfs.PiecewiseConstantDecay([20], [1.0, 0.5])
    schedule = stair + tfs.PolynomialDecay(1.0, turn, 0.5)
    notes = terminal.steps_that_matter(schedule, curve_of(schedule, 100))
    assert (notes[0], notes[20], notes[21]) == (
        "start, peak",
        "last before",
        "jump",
    )
    assert (notes.get(turn) == "turn") == (turn in (18, 23))


def test_the_steps_that_matter_are_those_of_jumps_turns_and_ends():
    schedule = tfs.Warmup(_STAIR, 20)
    notes = terminal.steps_that_matter(schedule, curve_of(schedule, 120))
    assert {step: note for step, note in notes.items() if note} == {
        0: "start",
        20: "peak",
        79: "last before",
        80: "jump",
        119: "end",
    }
    assert len(notes) == 21
    assert max(np.diff([*notes])) <= 8
