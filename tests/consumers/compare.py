"""Compares float32 exports in several readers with the oracle.

    python tests/consumers/compare.py

Run it in an environment with tests/consumers/requirements.txt. It prints each
reader's worst error over all rows of the catalogue, as a fraction of the peak
rate, and exits with 1 if any is above 1e-6. It skips readers that are not
installed.
"""

import importlib.metadata
import pathlib
import sys
import tempfile

import numpy as np

_TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / "support"), str(_TESTS.parent)]
import cases  # noqa: E402
import tensorflow as tf  # noqa: E402

import tf_schedules  # noqa: E402
from tf_schedules.catalogue import recipes  # noqa: E402

_LIMIT = 1e-6
_SIGNATURE = "serving_default"


def tensorflow(path):
    """TensorFlow's signature."""
    serve = tf.saved_model.load(path).signatures[_SIGNATURE]
    return lambda steps: serve(step=tf.constant(steps))["learning_rate"]


def litert(path):
    """LiteRT with only its builtin operations."""
    from ai_edge_litert.interpreter import Interpreter

    converter = tf.lite.TFLiteConverter.from_saved_model(
        path, signature_keys=[_SIGNATURE]
    )
    interpreter = Interpreter(model_content=converter.convert())
    run = interpreter.get_signature_runner(_SIGNATURE)
    return lambda steps: run(step=steps)["learning_rate"]


def onnx(path):
    """tf2onnx and onnxruntime."""
    import onnxruntime
    import tf2onnx

    serve = tf.saved_model.load(path).signatures[_SIGNATURE]
    model, _ = tf2onnx.convert.from_function(
        tf.function(lambda step: serve(step=step)["learning_rate"]),
        [tf.TensorSpec([None], tf.int64, name="step")],
        opset=18,
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return lambda steps: session.run(None, {"step": steps})[0]


def openvino(path):
    """OpenVINO, reading the directory."""
    import openvino as ov

    # By default it uses faster but less exact bfloat16 or float16 if it can.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    model = ov.Core().compile_model(ov.convert_model(path), "CPU", exact)
    return lambda steps: model([steps])[0]


# Each reader, its package, and the last step at which it is correct.
CONSUMERS = {
    "TensorFlow": (tensorflow, "tensorflow", 2**31),
    "LiteRT": (litert, "ai-edge-litert", 2**31),
    "tf2onnx, onnxruntime": (onnx, "onnxruntime", 2**31),
    "OpenVINO": (openvino, "openvino", 2**24),
}


def _steps(case, last):
    near = [b + d for b in case.boundaries for d in (-1, 0, 1)]
    steps = sorted({s for s in [*case.steps.tolist(), *near] if 0 <= s <= last})
    return np.array([*steps[:: max(len(steps) // 300, 1)], *steps[-1:]])


def worst_error(make, last, precision="float32"):
    """The worst error over the catalogue, with its row and step."""
    worst = (0.0, "", 0)
    with tempfile.TemporaryDirectory() as folder:
        for row in recipes():
            case = cases.CASES[row]
            base = pathlib.Path(folder, row)
            schedule = recipes()[row].schedule
            path = tf_schedules.export(schedule, base, precision=precision)
            run, steps = make(str(path)), _steps(case, last)
            want = np.array([float(case.exact(int(s))) for s in steps])
            got = np.asarray(run(steps), np.float64)
            assert got.shape == want.shape, (row, got.shape)
            assert run(steps[:0]).shape == (0,), row
            errors = np.abs(got - want) / np.abs(want).max()
            errors[np.isnan(errors)] = np.inf
            at = int(errors.argmax())
            worst = max(worst, (float(errors[at]), row, int(steps[at])))
    return worst


def main() -> int:
    """Prints the table; returns the exit code."""
    failed = 0
    for name, (make, package, last) in CONSUMERS.items():
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"| {name} | not installed |")
            continue
        error, row, step = worst_error(make, last)
        failed |= not error <= _LIMIT
        print(
            f"| {name} {version} | float32 | to 2^{last.bit_length() - 1} | "
            f"{error:.1e} |  ({row} at step {step})",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
