"""The tests with every Python and TensorFlow, and what needs its own packages.

    nox --list
    nox --session "tests(3.12-2.19)"
    nox --session docs

Arguments after `--` replace those of the program, such as the test files.
"""

import configparser
import json
import pathlib

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["style", "docs"]

# TensorFlow has wheels for Python 3.13 since 2.20.
PAIRS = [
    nox.param(python, tensorflow, id=f"{python}-{tensorflow}")
    for python in ("3.10", "3.11", "3.12", "3.13")
    for tensorflow in ("2.18", "2.19", "2.20", "2.21")
    if python != "3.13" or tensorflow in ("2.20", "2.21")
]
# What a version can break, in minutes: every public name, every golden's bits,
# and Keras apart from its repetitions.
CORE = [
    *(f"tests/{name}_test.py" for name in ("doctest", "golden", "keras")),
    *("-k", "not applies_the_rate_of_the_step and not every_optimizer"),
]


def _test(session: nox.Session, *packages: str) -> None:
    session.install("-e", ".[test]", *packages)
    session.run("python", "-m", "pytest", *(session.posargs or CORE))


@nox.session
@nox.parametrize(["python", "tensorflow"], PAIRS)
def tests(session: nox.Session, tensorflow: str) -> None:
    """The core of the tests with a Python and a TensorFlow."""
    series = f"=={tensorflow}.*"
    _test(session, f"tensorflow{series}", f"tf-keras{series}")


@nox.session(python="3.10")
def oldest(session: nox.Session) -> None:
    """The core of the tests with the oldest packages that setup.cfg allows."""
    config = configparser.ConfigParser()
    config.read("setup.cfg")
    needs = config["options"]["install_requires"].split()
    needs += config["options.extras_require"]["plot"].split()
    needs += ["keras==3.5.0"]  # the oldest that TensorFlow 2.18 takes
    _test(session, *(need.replace(">=", "==") for need in needs))


@nox.session
def style(session: nox.Session) -> None:
    """Lint, format and types."""
    session.install("-e", ".[test]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The site, in the folder site/."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", *session.posargs)


@nox.session
def notebook(session: nox.Session) -> None:
    """Executes the notebook of the site again."""
    session.install("-e", ".[docs,plot]", "ipykernel")
    session.run(
        *("jupyter", "nbconvert", "--to=notebook", "--execute", "--inplace"),
        "--ExecutePreprocessor.record_timing=False",
        "docs/first_look.ipynb",
    )
    path = pathlib.Path("docs/first_look.ipynb")
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        if cell["cell_type"] == "code":  # TensorFlow logs to stderr
            outputs = cell["outputs"]
            kept = [o for o in outputs if o["output_type"] != "stream"]
            cell["outputs"] = kept
    path.write_text(json.dumps(content, indent=1) + "\n")


@nox.session
def benchmark(session: nox.Session) -> None:
    """The figures against Keras."""
    session.install("-e", ".[test]")
    session.run("python", "benchmarks/against_keras.py")
    session.run("python", "benchmarks/benchmark.py")


@nox.session(python="3.11")
def tpu(session: nox.Session) -> None:
    """Compiles every schedule with the real compiler for TPUs."""
    session.install("-r", "tests/tpu/requirements.txt")
    session.run("python", "-m", "pytest", *(session.posargs or ["tests/tpu"]))


@nox.session
def consumers(session: nox.Session) -> None:
    """The rates that LiteRT, ONNX Runtime and OpenVINO give."""
    session.install("-r", "tests/consumers/requirements.txt")
    session.run("python", "tests/consumers/compare.py")
