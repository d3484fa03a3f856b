"""Every replica applies the rate of the step, bit for bit.

Strategies of one process, with Keras 3 and tf_keras, in custom loops and
`fit`; a hyperparameter inside and outside of the scope, assigned between two
steps. All in a process for each Keras, since devices are set before TensorFlow
starts.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys

import pytest
import strategy_program

_KERAS = {"keras": "0", "tf_keras": "1"}
# TensorFlow or Keras fails in these, with a constant rate as well.
_BROKEN = {
    "tf_keras": {
        f"central-storage-{way}-{where}"
        for way in ("loop", "fit")
        for where in strategy_program.probe.WHERE
    }
}


@functools.cache
def _results(flavour: str) -> dict[str, str | None]:
    program = pathlib.Path(strategy_program.__file__)
    result = subprocess.run(
        [sys.executable, str(program)],
        env=os.environ | {"TF_USE_LEGACY_KERAS": _KERAS[flavour]},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


def _cells():
    for flavour in _KERAS:
        for name, *_ in strategy_program.checks():
            marks = []
            if name in _BROKEN.get(flavour, ()):
                marks = [pytest.mark.xfail(strict=True, reason="upstream")]
            yield pytest.param(flavour, name, marks=marks)


@pytest.mark.parametrize(("flavour", "name"), list(_cells()))
def test_strategies(flavour, name):
    assert _results(flavour)[name] is None
