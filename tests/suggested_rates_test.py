"""On real data the suggested rate is better than a tenth or ten times it."""

import pages
import pytest
from modules import module_at

program = module_at(pages.ROOT / "benchmarks" / "suggested_rates.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", program.SETS)
@pytest.mark.parametrize("optimizer", program.OPTIMIZERS)
def test_most_seeds_train_best_with_the_suggestion(name, optimizer):
    rows = [reached for _, reached in program.losses(name, optimizer)]
    assert len(rows) == 10
    assert program.wins(rows) > 5, rows


def test_a_loss_that_is_no_number_is_no_win():
    nan = float("nan")
    rows = [[3.0, 2.0, 1.0], [3.0, 1.0, nan], [2.0, nan, 3.0], [1.0, 2.0, nan]]
    assert program.wins(rows) == 1
    assert program.wins([[nan, nan, nan]]) == 0
