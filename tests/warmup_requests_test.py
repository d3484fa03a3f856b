"""The requests that TensorFlow Serving replays when it loads a version."""

import sys

import numpy as np
import pytest
import tensorflow as tf

import tf_schedules
from tf_schedules.saving import warmup_requests

_STEPS = [0, 7, np.int32(993), 2**31 + 5, 2**53 - 1]
_FILE = "assets.extra/tf_serving_warmup_requests"


def _schedule():
    return tf_schedules.CosineDecayRestarts(0.05, 300, 1.1)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_requests_are_read_back_and_replayed(precision, tmp_path):
    apis = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    base = tmp_path / "sgdr"
    path = tf_schedules.export(
        _schedule(), base, precision=precision, warmup_steps=_STEPS
    )
    signatures = tf.saved_model.load(str(path)).signatures
    asked = []
    for record in tf.data.TFRecordDataset(str(path / _FILE)):
        log = apis.PredictionLog.FromString(record.numpy())
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        assert request.model_spec.name == "sgdr"
        serve = signatures[request.model_spec.signature_name]
        inputs = {
            name: tf.constant(tf.make_ndarray(proto))
            for name, proto in request.inputs.items()
        }
        specs = serve.structured_input_signature[1]
        assert inputs.keys() == specs.keys()
        for name, value in inputs.items():
            assert value.dtype == specs[name].dtype
            assert value.shape == (1,)
        (rate,) = serve(**inputs)["learning_rate"].numpy()
        (step,) = inputs["step"].numpy()
        asked.append(step)
        if precision == "float64":
            assert rate == _schedule()(step).numpy()
    assert asked == _STEPS


def test_an_export_has_no_requests_by_default(tmp_path):
    path = tf_schedules.export(_schedule(), tmp_path)
    assert not (path / "assets.extra").exists()


def test_bad_requests_write_nothing(tmp_path):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    for steps, error in (
        ([0.5], TypeError),
        (5, TypeError),
        ("12", TypeError),
        (None, TypeError),
        ([2**63], ValueError),
        ([0, -(2**63) - 1], ValueError),
        (range(1001), ValueError),
    ):
        with pytest.raises(error, match="warmup_steps must be"):
            tf_schedules.export(
                _schedule(), tmp_path / "new", warmup_steps=steps
            )
    assert not (tmp_path / "new").exists()


def test_as_many_requests_as_are_served_are_taken():
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    most = [*range(998), -(2**63), 2**63 - 1]
    assert warmup_requests.checked(most) == most
    assert warmup_requests.checked([2.0]) == [2]


def test_the_error_names_the_missing_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(ImportError, match=r"tf-schedules\[serving\]"):
        tf_schedules.export(_schedule(), tmp_path / "new", warmup_steps=[0])
    assert not (tmp_path / "new").exists()
