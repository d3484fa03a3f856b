"""Both flavours of Keras work; other backends raise a clear error."""

import pathlib
import sys

import processes
import pytest

_TESTS = pathlib.Path(__file__).parent


def _run(*command, **environment):
    return processes.run(
        *(sys.executable, *command),
        cwd=_TESTS.parent,
        timeout=600,
        **environment,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        "keras fitting config saved_model saved_model_schedule weights",
        "callbacks callback_copies several_optimizers tools",
        "layer_wise layer_attributes",
        "plateau plateau_resume training_pages adapter",
        "model_files records serialization finder",
    ],
)
def test_the_tests_of_keras_pass_with_tf_keras(names):
    """Runs the tests that depend on Keras again, with tf_keras."""
    slow = ("float16", "float64", "without_the_package", "gives_the_class")
    files = [str(_TESTS / f"{name}_test.py") for name in names.split()]
    result = _run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", *files),
        *("-k", " and ".join(f"not {word}" for word in slow)),
        TF_USE_LEGACY_KERAS="1",
    )
    assert result.returncode == 0, result.stdout[-5000:]
    assert " passed" in result.stdout


def test_the_requested_flavour_is_used():
    """This keeps the test above from passing with the wrong flavour."""
    code = (
        "import tf_schedules; print(*(c.__module__.partition('.')[0] for c "
        "in tf_schedules.Schedule.__mro__ if c.__name__.endswith('Schedule') "
        "and 'keras' in c.__module__))"
    )
    modules = {
        flavour: _run("-c", code, TF_USE_LEGACY_KERAS=flavour).stdout.strip()
        for flavour in ("0", "1")
    }
    assert modules == {"0": "keras", "1": "tf_keras"}


@pytest.mark.parametrize(
    ("code", "backend", "named"),
    [
        # Keras's numpy backend needs jax; with jax the import succeeds.
        ("import tf_schedules", "numpy", "numpy"),
        (
            "import tensorflow as tf; "
            "tf.keras.backend.backend = lambda: 'jax'; import tf_schedules",
            *("tensorflow", "jax"),
        ),
    ],
)
def test_other_backends_are_refused(code, backend, named):
    result = _run("-c", code, KERAS_BACKEND=backend)
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Keras's backend must be tensorflow")
    assert last.endswith(f"; got {named}. Set KERAS_BACKEND=tensorflow.")


def test_without_keras_its_own_error_is_raised():
    code = "import sys; sys.modules['keras'] = None; import tf_schedules"
    result = _run("-c", code, KERAS_BACKEND="tensorflow")
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Keras cannot be imported")
