"""Writes the files that a release leaves on users' disks.

    python tests/records/write.py FOLDER

Run it with the release installed, once with Keras 3 and once with
TF_USE_LEGACY_KERAS=1. Tests of later releases load the files:
`records_test.py` reads every folder next to this one. Never write into the
folder of an earlier release.
"""

import json
import pathlib
import pickle
import sys

import numpy as np
import tensorflow as tf

import tf_schedules as tfs

STEPS = [0, 1, 7, 99, 100, 101, 1000, 123_456, 2**24 + 1, 2**40 + 3]


def schedules() -> dict[str, tfs.Schedule]:
    """One of every class, some nested and some with variables."""
    return {
        "exponential": tfs.ExponentialDecay(0.1, 100, 0.96, staircase=True),
        "inverse": tfs.InverseTimeDecay(np.float64(0.1), 100, 0.5),
        "polynomial": tfs.PolynomialDecay(0.1, 100, 0.01, 2.0, cycle=True),
        "piecewise": tfs.PiecewiseConstantDecay([10, 99.5], [1.0, 0.5, 0.1]),
        "cosine": tfs.CosineDecay(0.0, 100, 0.1, "any name", 0.5, 10),
        "restarts": tfs.CosineDecayRestarts(0.1, 100, 1.1, 0.9, 0.01),
        "constant": tfs.Constant(0.1),
        "stable": tfs.WarmupStableDecay(0.1, 10, 50, 100, decay=1.5),
        "root": tfs.InverseSquareRootDecay.noam(512, 100),
        "one-cycle": tfs.OneCycle(0.1, 1000, three_phase=True),
        "cyclical": tfs.CyclicalLearningRate(
            0.001, 0.1, 20, 31, "exp_range", 0.999
        ),
        "interpolation": tfs.PiecewiseInterpolation(
            [0, 10, 200], [0.0, 1.0, 0.1], "cosine"
        ),
        "nested": tfs.Warmup(
            tfs.Sequence(
                [
                    tfs.Shifted(tfs.ExponentialDecay(0.1, 10, 0.9), -5),
                    tfs.Repeated(tfs.CosineDecay(0.1, 30), 20),
                    0.001,
                ],
                [50, 1000],
            ),
            20,
            0.01,
            "cosine",
        ),
        "calculated": tfs.Clamped(
            2.0
            * tfs.TimeScaled(tfs.InverseTimeDecay(0.1, 10, 0.5), 2.5)
            * tfs.PolynomialDecay(1.0, 1000, 0.1),
            0.001,
            0.15,
        ),
        "variables": tfs.Warmup(
            tfs.ExponentialDecay(
                tf.Variable(0.5), tf.Variable(100), tfs.unit_interval(0.75)
            ),
            10,
        ),
        "learnable": tfs.PiecewiseInterpolation(
            tfs.increasing([0.0, 10.0, 500.0]), tf.Variable([0.1, 0.4, 0.2])
        ),
        "adjustable": tfs.Adjustable(
            tfs.CosineDecay(0.1, 1000), 4, [(10, 0.5), (100, 0.25)]
        ),
    }


def _write_models(folder: pathlib.Path, keras: str):
    for name in ("nested", "adjustable", "restarts"):
        model = tf.keras.Sequential(
            [tf.keras.layers.Input([1]), tf.keras.layers.Dense(1)]
        )
        schedule = schedules()[name]
        model.compile(tf.keras.optimizers.Adam(schedule), "mse")
        data = np.ones([8, 1], np.float32)
        model.fit(data, data, batch_size=2, verbose=0)
        model.save(folder / f"{keras}-{name}.keras")
        checkpoint = tf.train.Checkpoint(
            schedule=schedule, optimizer=model.optimizer
        )
        checkpoint.write(str(folder / f"{keras}-{name}-checkpoint"))


def _write_exports(folder: pathlib.Path, made: dict[str, tfs.Schedule]):
    for name in ("variables", "adjustable"):
        tfs.export(made[name], folder / f"{name}-live", variables=True)
    for name in ("nested", "restarts"):
        tfs.export(made[name], folder / f"{name}-float32", precision="float32")
    # The output of tf.saved_model.save alone.
    tf.saved_model.save(made["learnable"], str(folder / "learnable-plain"))


def main(folder: pathlib.Path):
    """Writes the files of a release into the folder."""
    keras = tf.keras.Sequential.__module__.partition(".")[0]
    folder.mkdir(exist_ok=True)
    _write_models(folder, keras)
    if keras == "tf_keras":
        return
    made = schedules()
    configs = {name: _config(s) for name, s in made.items()}
    rates = {
        name: [float(schedule(step)).hex() for step in STEPS]
        for name, schedule in made.items()
    }
    text = json.dumps({"configs": configs, "rates": rates}, indent=1)
    (folder / "schedules.json").write_text(text + "\n")
    (folder / "configs.pickle").write_bytes(pickle.dumps(configs, 4))
    tf.train.Checkpoint(**made).write(str(folder / "schedules-checkpoint"))
    _write_exports(folder, made)


def _config(schedule):
    """The config that Keras's `serialize` returns."""
    return tf.keras.optimizers.schedules.serialize(schedule)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
