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

import probe
import pytest
import strategy_program
from processes import WITH_SUPPORT

_KERAS = {"keras": "0", "tf_keras": "1"}
# What tf_keras says there of any schedule, Keras's own included.
_UPSTREAM = {
    ("tf_keras", f"central-storage-{way}-{where}"): "AggregatingVariable"
    for way in probe.WAYS
    for where in probe.WHERE
} | {
    ("tf_keras", f"central-storage-{what}"): "AggregatingVariable"
    for what in ("callbacks", "resumed")
}


@functools.cache
def _results(flavour: str) -> dict[str, str | None]:
    program = pathlib.Path(strategy_program.__file__)
    result = subprocess.run(
        [sys.executable, str(program)],
        env=os.environ
        | WITH_SUPPORT
        | {"TF_USE_LEGACY_KERAS": _KERAS[flavour]},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", [n for n, *_ in strategy_program.checks()])
@pytest.mark.parametrize("flavour", _KERAS)
def test_strategies(flavour, name):
    error = _results(flavour)[name]
    probe.judge([error], _UPSTREAM.get((flavour, name)))
