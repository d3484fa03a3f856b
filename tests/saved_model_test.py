"""SavedModels give the same bits when they are saved, served and loaded."""

import json
import os
import pathlib
import threading

import cases
import numpy as np
import pytest
import tensorflow as tf
import ulp
from processes import PROGRAMS, output_of

import tf_schedules
from tf_schedules import CosineDecayRestarts, ExponentialDecay

_STEPS = np.array(
    [0, 1, 2, 299, 300, 630, 3909, 3910, 2**24 + 1, 2**31 + 5, 2**53 - 1]
)
_FRACTIONS = np.array([0.0, 0.5, 299.9, 300.0, 1e6 + 0.25, np.nan, -1.0])


@pytest.fixture(scope="module", params=cases.in_two_parts)
def exported(request, tmp_path_factory):
    """Every case in every dtype as a SavedModel, with its rates."""
    base = tmp_path_factory.mktemp("exported")
    rates = {}
    for name, case in request.param.items():
        for dtype in ulp.FORMATS:
            if dtype != "float32" and name not in _IN_ALL_DTYPES:
                continue
            schedule = case.make(dtype)
            path = base / name / dtype
            tf_schedules.export(schedule, path)
            rates[str(path / "1")] = {
                "whole": schedule(_STEPS).numpy().tobytes().hex(),
                "real": schedule(_FRACTIONS).numpy().tobytes().hex(),
                "one": schedule(int(_STEPS[5])).numpy().tobytes().hex(),
                "one_real": schedule(float(_STEPS[5])).numpy().tobytes().hex(),
            }
    return rates


_EXACT_IN_FLOAT64 = ["efficientnet", "inception-v3", "restarts-odd", "sgdr"]
_IN_ALL_DTYPES = {*_EXACT_IN_FLOAT64, "gpt-3", "palm"}


def test_a_process_without_the_package_gets_the_same_bits(exported, tmp_path):
    request = tmp_path / "request.json"
    request.write_text(
        json.dumps(
            [exported, _STEPS.tolist(), _FRACTIONS.tolist(), _EXACT_IN_FLOAT64]
        )
    )
    program = PROGRAMS / "restored_rates.py"
    output = output_of(program, request, timeout=600)
    assert int(output) == len(exported)


def test_saving_without_export_works(tmp_path):
    schedule = CosineDecayRestarts(0.05, 300, 1.1)
    tf.saved_model.save(schedule, str(tmp_path))
    restored = tf.saved_model.load(str(tmp_path))
    assert float(restored(993)) == np.float32(0.05)
    assert float(restored(992.5)) == float(schedule(992.5))
    (name,) = restored.signatures
    serve = restored.signatures[name]
    assert name == "serving_default"
    assert serve.structured_input_signature[1] == {
        "step": tf.TensorSpec([None], tf.int64, "step")
    }
    rates = serve(step=tf.constant([992, 993], tf.int64))["learning_rate"]
    assert rates.numpy().tobytes() == schedule([992, 993]).numpy().tobytes()
    loaded = tf_schedules.load(tmp_path)
    assert loaded.get_config() == schedule.get_config()


def test_an_export_has_a_batch_and_a_scalar_signature(tmp_path):
    path = tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    signatures = tf.saved_model.load(str(path)).signatures
    shapes = {
        name: (
            function.structured_input_signature[1]["step"].shape.as_list(),
            function.output_shapes["learning_rate"].as_list(),
        )
        for name, function in signatures.items()
    }
    assert shapes == {"serving_default": ([None], [None]), "scalar": ([], [])}


def test_versions_are_never_overwritten(tmp_path):
    schedule = ExponentialDecay(0.1, 10, 0.9)
    base = tmp_path / "new" / "base"
    assert tf_schedules.export(schedule, base) == base / "1"
    assert tf_schedules.export(schedule, str(base)) == base / "2"
    (base / "41").mkdir()
    (base / "notes").mkdir()
    (base / "99.txt").touch()
    assert tf_schedules.export(schedule, base) == base / "42"
    names = {"1", "2", "41", "42", "notes", "99.txt"}
    assert {p.name for p in base.iterdir()} == names
    assert tf_schedules.load(base).get_config() == schedule.get_config()


def test_versions_are_compared_as_numbers(tmp_path):
    for version in ("9", "10"):
        (tmp_path / version).mkdir()
    path = tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    assert path.name == "11"
    assert tf_schedules.load(tmp_path).decay_steps == 10


def test_concurrent_exports_get_distinct_versions(tmp_path, monkeypatch):
    """Both look for the next version before either takes it."""
    barrier = threading.Barrier(2, timeout=60)
    original, waited = pathlib.Path.rename, set()

    def rename(self, target):
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            barrier.wait()
        return original(self, target)

    monkeypatch.setattr(pathlib.Path, "rename", rename)
    schedules = [ExponentialDecay(rate, 10, 0.9) for rate in (0.1, 0.2)]
    paths = []
    threads = [
        threading.Thread(
            target=lambda s=s: paths.append(tf_schedules.export(s, tmp_path))
        )
        for s in schedules
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {p.name for p in paths} == {"1", "2"}
    rates = {tf_schedules.load(p).initial_learning_rate for p in paths}
    assert rates == {0.1, 0.2}


def test_bad_exports_write_nothing(tmp_path):
    keras_s = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(TypeError, match="schedule must be a tf_schedules"):
        tf_schedules.export(keras_s, tmp_path / "new")
    file = tmp_path / "file"
    file.write_text("kept")
    schedule = ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(NotADirectoryError, match="base_dir must be a direct"):
        tf_schedules.export(schedule, file)
    assert os.listdir(tmp_path) == ["file"]
    assert file.read_text() == "kept"


def test_a_failed_export_leaves_no_trace(tmp_path, monkeypatch):
    def fail(_, path, **__):
        pathlib.Path(path).mkdir()
        raise OSError("disk full")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    assert os.listdir(tmp_path) == []


def test_an_export_that_cannot_be_renamed_leaves_no_trace(
    tmp_path, monkeypatch
):
    def fail(path, target):
        raise PermissionError(f"no {target}")

    monkeypatch.setattr(pathlib.Path, "rename", fail)
    with pytest.raises(PermissionError, match=r"no .*/1"):
        tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    assert os.listdir(tmp_path) == []


def test_loading_restores_the_class(exported):
    for path, rates in exported.items():
        loaded = tf_schedules.load(path)
        case = cases.CASES[pathlib.Path(path).parts[-3]]
        assert type(loaded).__name__ == case.schedule
        assert loaded(_STEPS).numpy().tobytes().hex() == rates["whole"]
        assert loaded.dtype.name == pathlib.Path(path).parent.name
        optimizer = tf.keras.optimizers.SGD(loaded)
        assert optimizer._learning_rate is loaded


def test_live_schedules_stay_live(tmp_path):
    rate = tf.Variable(1.0, name="rate")
    schedule = ExponentialDecay(rate, 10, 0.5)
    tf.saved_model.save(schedule, str(tmp_path / "one"))
    restored = tf.saved_model.load(str(tmp_path / "one"))
    restored.initial_learning_rate.assign(4.0)
    assert float(restored(10)) == 2.0
    serve = restored.signatures["serving_default"]
    ten = tf.constant([10], tf.int64)
    assert serve(step=ten)["learning_rate"].numpy() == [2.0]
    # The config has the values at the time of saving.
    rate.assign(3.0)
    path = tf_schedules.export(schedule, tmp_path / "two")
    assert tf_schedules.load(path).initial_learning_rate == 3.0


def test_a_schedule_inside_another_module_is_saved_with_it(tmp_path):
    class Trainer(tf.Module):
        def __init__(self):
            super().__init__()
            self.schedule = CosineDecayRestarts(tf.Variable(0.5), 2)

        @tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
        def rate(self, step):
            return self.schedule(step)

    trainer = Trainer()
    tf.saved_model.save(trainer, str(tmp_path))
    restored = tf.saved_model.load(str(tmp_path))
    assert restored.rate(tf.constant(1, tf.int64)) == 0.25
    assert restored.schedule(1) == 0.25
    assert len(trainer.variables) == 1


def test_paths_that_cannot_be_loaded_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing", tmp_path / "1"):
        with pytest.raises(FileNotFoundError, match="path must be"):
            tf_schedules.load(path)
    path = tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    proto = (path / "saved_model.pb").read_bytes()
    for damaged in (b"", b"text", proto[:100], proto[:-100], proto[100:]):
        (path / "saved_model.pb").write_bytes(damaged)
        with pytest.raises(ValueError, match="path must be an intact SavedMo"):
            tf_schedules.load(path)
    (path / "saved_model.pb").write_bytes(
        proto.replace(
            b"tf_schedules>ExponentialDecay", b"tf_schedules>" * 2 + b"Xyz"
        )
    )
    with pytest.raises(ValueError, match="must be"):
        tf_schedules.load(path)


def test_only_registered_classes_are_loaded(tmp_path):
    path = tf_schedules.export(ExponentialDecay(0.1, 10, 0.9), tmp_path)
    proto = (path / "saved_model.pb").read_bytes()
    forged = proto.replace(b"tf_schedules>Exp", b"os_path_more>Exp")
    (path / "saved_model.pb").write_bytes(forged)
    with pytest.raises(ValueError, match="class_name must be one of"):
        tf_schedules.load(path)
