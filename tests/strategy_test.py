"""Every replica applies the rate of the step, bit for bit.

Strategies of one process, with Keras 3 and tf_keras, in custom loops and
`fit`; a hyperparameter inside and outside of the scope, assigned between two
steps. All in a process for each Keras, since devices are set before TensorFlow
starts.
"""

import functools

import checks
import probe
import pytest
import strategy_program
from processes import PROGRAMS, output_of

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
    program = PROGRAMS / "strategy_program.py"
    keras = {"TF_USE_LEGACY_KERAS": _KERAS[flavour]}
    return checks.read(output_of(program, **keras))


@pytest.mark.parametrize("name", [n for n, *_ in strategy_program.all_checks()])
@pytest.mark.parametrize("flavour", _KERAS)
def test_every_replica_applies_the_rate_of_its_step(flavour, name):
    error = _results(flavour)[name]
    probe.judge([error], _UPSTREAM.get((flavour, name)))
