"""Requests that TensorFlow Serving runs before it serves a version."""

import pathlib
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

_FILE = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
_MAX_STEPS = 1000  # TensorFlow Serving refuses to load a model with more


def write(path: pathlib.Path, model_name: str, steps: Sequence[int]) -> None:
    """Writes one `serving_default` request per step into a SavedModel.

    Each is a batch of one, which every server accepts however it batches.

    Args:
      path: the SavedModel directory.
      model_name: the name that the model is served under.
      steps: the steps to request, as `checked` returns them.
    """
    # Imported here, because nothing else needs it.
    from tensorflow_serving.apis import prediction_log_pb2

    file = path / _FILE
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for step in steps:
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = model_name
            request.model_spec.signature_name = "serving_default"
            request.inputs["step"].CopyFrom(
                tf.make_tensor_proto([step], tf.int64)
            )
            writer.write(log.SerializeToString())


def checked(warmup_steps: Sequence[int]) -> list[int]:
    """The steps in the argument `warmup_steps`, as Python ints.

    Raises:
      ImportError: if tensorflow-serving-api is not installed.
      TypeError: if the steps are not a sequence of whole numbers.
      ValueError: if there are too many, or one does not fit int64.
    """
    try:
        steps = [_whole(step).__index__() for step in warmup_steps]
    except (AttributeError, TypeError) as error:
        raise TypeError(
            "warmup_steps must be a sequence of whole numbers; got "
            f"{warmup_steps!r}. Pass steps such as [0, 1000]."
        ) from error
    if len(steps) > _MAX_STEPS or not all(-(2**63) <= s < 2**63 for s in steps):
        raise ValueError(
            f"warmup_steps must be at most {_MAX_STEPS} numbers of 64 bits; "
            f"got {len(steps)} from {min(steps)} to {max(steps)}. A few "
            "suffice."
        )
    if steps:
        try:
            from tensorflow_serving.apis import prediction_log_pb2  # noqa: F401
        except ImportError as error:
            raise ImportError(
                "warmup_steps needs tensorflow-serving-api, which cannot be "
                f"imported: {error}. Install tf-schedules[serving]."
            ) from error
    return steps


def _whole(step: Any) -> Any:
    is_whole = isinstance(step, float) and step.is_integer()
    return int(step) if is_whole else step
