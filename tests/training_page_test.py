"""The code in the pages about training works exactly as shown.

Runs with Keras 3 and, by flavour_test.py, with tf_keras.
"""

import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf
from applied_rates import fit, model_and_data

import tf_schedules as tfs
from tf_schedules.core.conversion import as_schedule

keras = tf.keras
_ROOT = pathlib.Path(__file__).parent.parent


def _blocks(page):
    text = (_ROOT / page).read_text()
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


def test_the_blocks_of_the_page_run_as_shown(tmp_path):
    blocks = _blocks("docs/training.md")
    assert len(blocks) > 7
    names = {}
    for block in blocks:
        code = block.replace("/tmp/", f"{tmp_path}/")
        exec(compile(code, "training.md", "exec"), names)
    assert len(names["resumed"]) > 1
    assert all(np.all(np.isfinite(w)) for w in names["model"].get_weights())


@pytest.mark.parametrize("page", ["layers.md", "values.md"])
def test_the_blocks_of_other_pages_run_as_shown(page, tmp_path):
    blocks = _blocks(f"docs/{page}")
    assert len(blocks) > 3
    code = "\n".join(blocks).replace("/tmp/", f"{tmp_path}/")
    exec(compile(code, page, "exec"), {"__name__": "page"})


_FTRL = {"x": np.ones([4, 1]), "y": np.ones([4, 1]), "verbose": 0}


@pytest.mark.parametrize("theirs", [False, True])
def test_ftrl_gives_nan_at_a_rate_of_0(theirs):
    """Once this fails, the page's section on a rate of 0 can go."""
    schedule = tfs.Warmup(0.1, 4)
    if theirs:
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, 10, warmup_target=0.1, warmup_steps=4
        )
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Ftrl(schedule), "mse")
    model.fit(**_FTRL)
    assert np.isnan(model.get_weights()[0])


def test_an_initial_epoch_alone_restarts_the_schedule():
    schedule = tfs.ExponentialDecay(1.0, 1, 0.5)
    model, data = model_and_data(keras.optimizers.SGD(schedule), steps=2)
    rates, _ = fit(model, data | {"initial_epoch": 3}, epochs=4)
    assert rates.tolist() == [1.0, 0.5]


_RATES = {
    "number": lambda: 0.05,
    "schedule": lambda: tfs.ExponentialDecay(0.05, 10, 0.5),
    "live": lambda: tfs.ExponentialDecay(tf.Variable(0.05), 10, 0.5),
}
_OPTIMIZERS = {
    "sgd": lambda rate, **options: keras.optimizers.SGD(
        rate, momentum=0.9, **options
    ),
    "adam": keras.optimizers.Adam,
}
_LOSS_SCALE = keras.mixed_precision.LossScaleOptimizer
_WRAPPED = {
    "plain": lambda make, rate: make(rate),
    "scaled": lambda make, rate: _LOSS_SCALE(make(rate)),
}
if hasattr(keras, "Variable"):  # tf_keras accumulates no gradients
    _WRAPPED["accumulated"] = lambda make, rate: make(
        rate, gradient_accumulation_steps=3
    )
    _WRAPPED["both"] = lambda make, rate: _LOSS_SCALE(
        make(rate, gradient_accumulation_steps=3)
    )


def _model(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input([4]), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def _block(page):
    (block,) = [b for b in _blocks(page) if "make_train_function" in b]
    return block.replace('model.save("/tmp/model.keras")\n', "")


def test_both_pages_show_the_same_block():
    assert _block("README.md") == _block("docs/training.md")


@pytest.mark.parametrize(
    ("make", "rate"),
    [("sgd", "number"), ("sgd", "live"), ("adam", "schedule")],
)
@pytest.mark.parametrize("wrapped", _WRAPPED)
def test_a_new_schedule_continues_a_loaded_run(make, rate, wrapped, tmp_path):
    """The weights equal those of a run that has both schedules from the start.

    They would differ without the step, the momenta or the accumulated
    gradients: eight batches are not a multiple of three.
    """

    def optimizer(of_rate):
        return _WRAPPED[wrapped](_OPTIMIZERS[make], of_rate)

    x = np.random.default_rng(0).random([8, 4], "float32")
    data = {"x": x, "y": x[:, :1], "batch_size": 1, "verbose": 0}
    data["shuffle"] = False
    before = _model(optimizer(_RATES[rate]()))
    before.fit(**data)
    before.save(tmp_path / "model.keras")
    code = _block("README.md").replace("/tmp/", f"{tmp_path}/")
    loaded = {"tf": tf, "tf_schedules": tfs}
    exec(code, loaded)
    # The same in this process, which has compiled the old rate.
    kept = {"tf": tf, "tf_schedules": tfs, "model": before}
    exec(code.partition("\n")[2], kept)
    old = as_schedule("schedule", _RATES[rate]())
    whole = _model(optimizer(tfs.Sequence([old, loaded["new"]], [8])))
    whole.fit(**data, epochs=2)
    for names in (loaded, kept):
        names["model"].fit(**data)
        assert names["step"] == 8
        assert int(names["model"].optimizer.iterations) == int(
            whole.optimizer.iterations
        )
        for got, want in zip(
            names["model"].get_weights(), whole.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(got, want)
