"""TensorFlow's own readers and servers answer correctly from an export."""

import json

import numpy as np
import pytest
import saved_graph
import tensorflow as tf
from processes import TESTS_ALONE, output_of
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

import tf_schedules

_STEPS = np.array([0, 1, 299, 300, 992, 993, 2**24 + 1, 2**31 + 5, 2**53 - 1])
_PRECISIONS = ("float64", "float32")


@pytest.fixture(scope="module", params=_PRECISIONS)
def path(request, tmp_path_factory):
    base = tmp_path_factory.mktemp("sgdr")
    schedule = tf_schedules.CosineDecayRestarts(0.05, 300, 1.1)
    return tf_schedules.export(schedule, base, precision=request.param)


@pytest.fixture(scope="module")
def rates(path):
    restored = tf.saved_model.load(str(path))
    serve = restored.signatures["serving_default"]
    served = serve(step=tf.constant(_STEPS))["learning_rate"].numpy()
    exact = tf_schedules.load(path)(_STEPS).numpy()
    np.testing.assert_allclose(served[:6], exact[:6], 0, 5e-8)
    return served


def _signatures(path):
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((path / "saved_model.pb").read_bytes())
    (meta_graph,) = proto.meta_graphs
    assert list(meta_graph.meta_info_def.tags) == ["serve"]
    return meta_graph.signature_def


def test_signatures_have_the_form_that_servers_need(path):
    """Known ranks, one named input and output, and the method of Predict."""
    signatures = _signatures(path)
    assert {"serving_default", "scalar"} <= set(signatures)
    for name, shape in {"serving_default": [-1], "scalar": []}.items():
        signature = signatures[name]
        assert signature.method_name == "tensorflow/serving/predict"
        assert list(signature.inputs) == ["step"]
        assert list(signature.outputs) == ["learning_rate"]
        for info, dtype in (
            (signature.inputs["step"], types_pb2.DT_INT64),
            (signature.outputs["learning_rate"], types_pb2.DT_FLOAT),
        ):
            assert info.dtype == dtype
            assert not info.tensor_shape.unknown_rank
            assert [d.size for d in info.tensor_shape.dim] == shape


def test_a_session_of_tensorflow_1_gives_the_same_bits(path, rates):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta_graph = tf.compat.v1.saved_model.load(
            session, ["serve"], str(path)
        )

        def run(name, steps):
            signature = meta_graph.signature_def[name]
            return session.run(
                signature.outputs["learning_rate"].name,
                {signature.inputs["step"].name: steps},
            )

        vector = run("serving_default", _STEPS)
        assert vector.tobytes() == rates.tobytes()
        assert run("serving_default", _STEPS[:0]).shape == (0,)
        for step, rate in zip(_STEPS, rates, strict=True):
            # The middle of a vector runs other float32 kernels.
            assert abs(run("scalar", step) - rate) <= 5e-8


def test_xla_around_the_signature_gives_the_rates(path, rates):
    restored = tf.saved_model.load(str(path))
    serve = restored.signatures["serving_default"]
    compiled = tf.function(
        lambda step: serve(step=step)["learning_rate"], jit_compile=True
    )
    np.testing.assert_allclose(
        compiled(tf.constant(_STEPS)), rates, rtol=2e-7, atol=5e-8
    )


def test_a_batch_is_answered_step_by_step(path, rates):
    """A permuted, padded or repeated batch gives such an answer."""
    restored = tf.saved_model.load(str(path))
    signature = restored.signatures["serving_default"]

    def serve(steps):
        return signature(step=tf.constant(steps))["learning_rate"].numpy()

    order = np.random.default_rng(1).permutation(len(_STEPS))
    padded = np.concatenate([_STEPS, np.zeros(23, np.int64)])
    limit = 0 if _precision(path) == "float64" else 5e-8
    for got, want in (
        (serve(_STEPS), rates),
        (serve(_STEPS[order]), rates[order]),
        (serve(_STEPS.repeat(7)), rates.repeat(7)),
        (serve(padded)[: len(_STEPS)], rates),
        (serve(_STEPS[:0]), rates[:0]),
    ):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, 0, limit)


def _precision(path):
    """The precision of the graph in the file."""
    types = set().union(*map(saved_graph.types, saved_graph.nodes(path)))
    return "float64" if types_pb2.DT_DOUBLE in types else "float32"


@pytest.mark.parametrize(
    "path",
    ["float64", pytest.param("float32", marks=pytest.mark.slow)],
    indirect=True,
)
def test_saved_model_cli_shows_and_runs_it_to_the_bit(path, rates, tmp_path):
    def cli(*arguments):
        main = (
            "import sys; from tensorflow.python.tools.saved_model_cli import "
            "main; sys.exit(main())"
        )
        return output_of(main, *arguments)

    common = ("--dir", path, "--tag_set", "serve", "--signature_def")
    shown = cli("show", *common, "serving_default")
    for line in (
        "inputs['step'] tensor_info:",
        "dtype: DT_INT64",
        "outputs['learning_rate'] tensor_info:",
        "shape: (-1)",
        "Method name is: tensorflow/serving/predict",
    ):
        assert line in shown
    np.save(tmp_path / "steps.npy", _STEPS)
    cli(
        *("run", *common, "serving_default"),
        *("--inputs", f"step={tmp_path / 'steps.npy'}", "--outdir", tmp_path),
    )
    got = np.load(tmp_path / "learning_rate.npy")
    assert got.tobytes() == rates.tobytes()


def _rest_tensor(request, info):
    """The input tensor of a REST request, by TensorFlow Serving's rules.

    They follow its documentation, because no registry has its server.
    """
    (key,) = {"instances", "inputs"} & set(request)
    values = request[key]
    # A single input needs no name.
    if key == "instances" and all(isinstance(v, dict) for v in values):
        values = [v["step"] for v in values]
    elif isinstance(values, dict):
        values = values["step"]
    assert info.dtype == types_pb2.DT_INT64
    numbers = values if isinstance(values, list) else [values]
    if not all(type(n) is int and -(2**63) <= n < 2**63 for n in numbers):
        raise TypeError("int64 must be JSON integers")
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"instances": [0, 993, 9007199254740991]}', "predictions"),
        ('{"instances": [{"step": 0}, {"step": 993}]}', "predictions"),
        ('{"inputs": [0, 993]}', "outputs"),
        ('{"inputs": {"step": [0, 993]}}', "outputs"),
        ('{"signature_name": "scalar", "inputs": 993}', "outputs"),
    ],
)
def test_rest_requests_of_every_form_are_answered(path, body, key):
    request = json.loads(body)
    name = request.pop("signature_name", "serving_default")
    steps = _rest_tensor(request, _signatures(path)[name].inputs["step"])
    serve = tf.saved_model.load(str(path)).signatures[name]
    outputs = serve(step=tf.constant(steps))
    # A single output has no name in the answer.
    (rates,) = outputs.values()
    answer = json.loads(json.dumps({key: rates.numpy().tolist()}))
    assert np.shape(answer[key]) == steps.shape
    assert np.ravel(answer[key])[-1] == pytest.approx(
        float(tf_schedules.load(path)(int(steps.flat[-1]))), abs=5e-8
    )


def test_grpc_requests_get_the_same_bits(path, rates):
    """The protocol buffers go to a process that uses only the C API."""
    apis = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    request = apis.PredictRequest()
    request.model_spec.name = "sgdr"
    request.inputs["step"].CopyFrom(tf.make_tensor_proto(_STEPS, tf.int64))
    request = apis.PredictRequest.FromString(request.SerializeToString())
    assert not request.model_spec.signature_name  # empty means the default
    steps = tf.make_ndarray(request.inputs["step"])
    code = (
        "import sys, numpy as np, c_api\n"
        "with c_api.SavedModel(sys.argv[1]) as model:\n"
        "    steps = np.array(eval(sys.argv[2]))\n"
        "    print(model.run('serving_default', steps).tobytes().hex())\n"
    )
    output = output_of(code, path, steps.tolist(), **TESTS_ALONE)
    served = np.frombuffer(bytes.fromhex(output), np.float32)
    response = apis.PredictResponse()
    response.outputs["learning_rate"].CopyFrom(tf.make_tensor_proto(served))
    response = apis.PredictResponse.FromString(response.SerializeToString())
    got = tf.make_ndarray(response.outputs["learning_rate"])
    assert got.tobytes() == rates.tobytes()
