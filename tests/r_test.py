"""The page for R runs as shown, and the functions are those of R keras."""

import pathlib
import shutil
import sys

import pages
import processes
import pytest

_ROOT = pathlib.Path(__file__).parent.parent
# R keras 3's, from its reference.
_SIGNATURES = """
cosine_decay(initial_learning_rate, decay_steps, alpha = 0, \
name = "CosineDecay", warmup_target = NULL, warmup_steps = 0L)
cosine_decay_restarts(initial_learning_rate, first_decay_steps, t_mul = 2, \
m_mul = 1, alpha = 0, name = "SGDRDecay")
exponential_decay(initial_learning_rate, decay_steps, decay_rate, \
staircase = FALSE, name = "ExponentialDecay")
inverse_time_decay(initial_learning_rate, decay_steps, decay_rate, \
staircase = FALSE, name = "InverseTimeDecay")
piecewise_constant_decay(boundaries, values, name = "PiecewiseConstant")
polynomial_decay(initial_learning_rate, decay_steps, \
end_learning_rate = 1e-04, power = 1, cycle = FALSE, \
name = "PolynomialDecay")
"""
_CHECKS = r"""
stopifnot(grepl("tf_schedules", class(lr_decayed_fn)[1]))
stopifnot(float(model$optimizer$iterations) == 3)
boundaries <- c(100000, 110000)
values <- c(1.0, 0.5, 0.1)
steps <- learning_rate_schedule_piecewise_constant_decay(boundaries, values)
stopifnot(float(steps(110000)) == 0.5)
for (name in ls(pattern = "^learning_rate_schedule_")) {
  arguments <- sub("^function ", "", deparse(args(name), width.cutoff = 500)[1])
  cat(sub("^learning_rate_schedule_", "", name), arguments, "\n", sep = "")
}
"""


@pytest.mark.skipif(not shutil.which("Rscript"), reason="no R")
def test_the_blocks_of_the_page_run_and_have_the_signatures_of_keras(tmp_path):
    script = tmp_path / "page.R"
    blocks = pages.blocks("docs/r.md", "r")
    assert len(blocks) == 3
    script.write_text("\n".join([*blocks, _CHECKS]))
    result = processes.run(
        *("Rscript", script),
        cwd=_ROOT,
        RETICULATE_PYTHON=sys.executable,
        PYTHONPATH=str(_ROOT),
    )
    if "there is no package called" in result.stderr:
        pytest.skip("R without reticulate")
    assert result.returncode == 0, result.stderr[-2000:]
    rates, *signatures = map(str.strip, result.stdout.strip().splitlines())
    assert rates.split() == ["0.001", "5e-04", "2.467e-09", "0.001"]
    assert set(_SIGNATURES.strip().splitlines()) <= set(signatures)
    ours = {text.partition("(")[0] for text in signatures}
    assert {"one_cycle", "warmup", "saved_model_schedule"} <= ours
