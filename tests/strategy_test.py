"""Every replica applies the rate of the step, bit for bit.

The tests cover strategies of one process, with Keras 3 and tf_keras, in custom
loops and `fit`, with a hyperparameter inside and outside the scope that is
assigned between two steps. Each Keras has one process, because devices must be
set before TensorFlow starts.
"""

import functools

import checks
import probe
import pytest
import strategy_program
from processes import PROGRAMS, output_of

_KERAS = {"keras": "0", "tf_keras": "1"}
# The error of tf_keras there for any schedule, including Keras's own.
_UPSTREAM = {
    ("tf_keras", f"central-storage-{way}-{where}"): "AggregatingVariable"
    for way in probe.WAYS
    for where in probe.WHERE
} | {
    ("tf_keras", f"central-storage-{what}"): "AggregatingVariable"
    for what in ("callbacks", "resumed", "layer-wise")
}


@functools.cache
def _results(flavour: str, part: str) -> dict[str, str | None]:
    program = PROGRAMS / "strategy_program.py"
    keras = {"TF_USE_LEGACY_KERAS": _KERAS[flavour]}
    return checks.read(output_of(program, part, **keras))


def _every_check():
    for flavour in _KERAS:
        for part in strategy_program.PARTS:
            is_first = (flavour, part) == ("keras", "few")
            marks = [] if is_first else [pytest.mark.slow]
            for name, *_ in strategy_program.checks_of(part):
                yield pytest.param(
                    *(flavour, part, name),
                    id=f"{flavour}-{name}",
                    marks=marks,
                )


@pytest.mark.parametrize(("flavour", "part", "name"), [*_every_check()])
def test_every_replica_applies_the_rate_of_its_step(flavour, part, name):
    error = _results(flavour, part)[name]
    probe.judge([error], _UPSTREAM.get((flavour, name)))
