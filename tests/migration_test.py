"""Each row of docs/migration.md gives the numbers of the original.

migration_originals.py recorded the originals; the tests rerun those that are
installed.
"""

import json

import migration_originals
import numpy as np
import pages
import pytest
from translations import OURS

_RECORD = json.loads(migration_originals.RECORD.read_text())
_ROWS = [(lib, name) for lib, rows in OURS.items() for name in rows]


def _compare(library, name, originals):
    schedule, last = OURS[library][name]
    steps = [s for s in migration_originals.STEPS if last is None or s <= last]
    rates = schedule(steps).numpy()
    count = min(len(steps), len(originals))
    assert count >= 10
    # The originals compute in float32.
    np.testing.assert_allclose(
        rates[:count], originals[:count], rtol=2e-5, atol=1e-7
    )


@pytest.mark.parametrize(("library", "name"), _ROWS)
def test_a_row_gives_the_recorded_rates(library, name):
    _compare(library, name, _RECORD[library][name])


def test_every_record_has_a_mapping_and_a_line_on_the_page():
    recorded = {(lib, name) for lib, rows in _RECORD.items() for name in rows}
    assert recorded == set(_ROWS)
    table = pages.text("docs/migration.md")
    for _, name in _ROWS:
        assert f"`{name}" in table, name


@pytest.mark.parametrize("library", migration_originals.LIBRARIES)
def test_installed_originals_still_give_the_recorded_rates(library):
    try:
        rates = library()
    except ImportError as error:
        pytest.skip(str(error))
    for name, originals in rates.items():
        _compare(library.__name__, name, originals)


def test_a_wrong_mapping_fails():
    with pytest.raises(AssertionError):
        _compare("torch", "StepLR", _RECORD["torch"]["ExponentialLR"])
