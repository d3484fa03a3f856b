"""Schedules to versioned SavedModel directories, and back."""

import json
import os
import pathlib
import shutil
import uuid
from typing import Any, final

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from tf_schedules.schedule import Schedule
from tf_schedules.serialization import deserialize

_PROTO = "saved_model.pb"


def export(
    schedule: Schedule, base_dir: str | os.PathLike[str]
) -> pathlib.Path:
    """Writes a schedule as the next version below a directory.

    The directory is laid out as TensorFlow Serving reads it. The version
    appears in it whole, by one rename, and no version is ever overwritten.

    Args:
      schedule: the schedule to export.
      base_dir: a local directory; it is made if there is none.

    Returns:
      The path of the new version, `base_dir/<1 more than the highest>`.

    Raises:
      TypeError: if `schedule` is not one of this package.
      NotADirectoryError: if `base_dir` is something else than a directory.

    >>> import tempfile, tf_schedules
    >>> schedule = tf_schedules.ExponentialDecay(0.5, 2, 0.5)
    >>> export(schedule, tempfile.mkdtemp()).name
    '1'

    Source: https://www.tensorflow.org/guide/saved_model and TensorFlow
    Serving's file system source.
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(
            "schedule must be a tf_schedules.Schedule; got "
            f"{type(schedule).__name__}. Make one with the same arguments."
        )
    base = pathlib.Path(base_dir)
    if base.exists() and not base.is_dir():
        raise NotADirectoryError(
            f"base_dir must be a directory; got the file {base}. Pass "
            "another path."
        )
    signatures = schedule.signatures()  # fails, if at all, before any write
    base.mkdir(parents=True, exist_ok=True)
    unfinished = base / f".unfinished-{uuid.uuid4().hex}"
    try:
        tf.saved_model.save(schedule, str(unfinished), signatures=signatures)
        return _publish(unfinished, base)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _publish(unfinished: pathlib.Path, base: pathlib.Path) -> pathlib.Path:
    while True:
        highest = max(_versions(base), key=int, default="0")
        target = base / str(int(highest) + 1)
        try:
            return unfinished.rename(target)
        except OSError:
            # Another export may have taken the number; then the next is free.
            if not target.exists():
                raise


def _versions(base: pathlib.Path) -> list[str]:
    return [p.name for p in base.iterdir() if p.name.isdecimal()]


def load(path: str | os.PathLike[str]) -> Schedule:
    """The schedule in a SavedModel.

    A schedule's SavedModel holds its config as JSON, from which the original
    class is made again; nothing in the file is run. Any other SavedModel
    becomes a `SavedModelSchedule`, which runs the graph that is in the file:
    load it only if you trust it.

    Args:
      path: a SavedModel directory, or a directory of versions of one, of
        which the highest is taken.

    Returns:
      A schedule, which a Keras optimizer takes as its learning rate.

    Raises:
      FileNotFoundError: if there is no SavedModel at `path`.
      ValueError: if it is damaged, or its class is not known.

    >>> import tempfile, tf_schedules
    >>> base_dir = tempfile.mkdtemp()
    >>> schedule = tf_schedules.ExponentialDecay(0.5, 2, 0.5)
    >>> load(export(schedule, base_dir)).decay_steps
    2

    Source: https://www.tensorflow.org/guide/saved_model.
    """
    directory = pathlib.Path(path)
    if not (directory / _PROTO).exists() and directory.is_dir():
        directory /= max(_versions(directory), key=int, default="")
    if not (directory / _PROTO).is_file():
        raise FileNotFoundError(
            f"path must be a SavedModel directory or one of its versions; "
            f"there is no {_PROTO} in {path}. Pass what export() returned."
        )
    serialized = _read_config(directory)
    if serialized is None:
        return SavedModelSchedule(str(directory))
    return deserialize(serialized)


def _read_config(directory: pathlib.Path) -> dict[str, Any] | None:
    """The JSON that the root object's `schedule_config` would return."""
    saved_model = saved_model_pb2.SavedModel()
    try:
        saved_model.ParseFromString((directory / _PROTO).read_bytes())
        meta_graph = saved_model.meta_graphs[0]
        nodes = meta_graph.object_graph_def.nodes
        root = {c.local_name: c.node_id for n in nodes[:1] for c in n.children}
        node = root.get("schedule_config")
        if node is None or not nodes[node].HasField("function"):
            return None
        names = set(nodes[node].function.concrete_functions)
        (text,) = (
            node.attr["value"].tensor.string_val[0]
            for function in meta_graph.graph_def.library.function
            if function.signature.name in names
            for node in function.node_def
            if node.op == "Const"
        )
        return json.loads(text)
    except (DecodeError, IndexError, ValueError) as error:
        raise ValueError(
            f"path must be an intact SavedModel; {directory / _PROTO} cannot "
            "be read. Export it again."
        ) from error


def _is_of_one_step_and_rate(function) -> bool:
    inputs = [*function.structured_input_signature[1].values()]
    outputs = [*function.structured_outputs.values()]
    if len(inputs) != 1 or len(outputs) != 1:
        return False
    (step,), (rate,) = inputs, outputs
    return (
        (step.dtype.is_integer or step.dtype.is_floating)
        and rate.dtype.is_floating
        and (step.shape.rank is None or step.shape.as_list() in ([], [None]))
    )


@final
class SavedModelSchedule(Schedule):
    """Any SavedModel's signature as a learning rate.

    ```
    rate = serving_default(step)
    ```

    It runs the graph in the SavedModel, which can do whatever TensorFlow can.
    A config therefore does not make it again: `from_config` refuses.

    Args:
      path: the SavedModel directory. Its signature `serving_default`, or its
        only one, takes one tensor, the step, a scalar or a vector, and
        returns one of a floating dtype, the rate. A fraction of a step is
        dropped where it takes whole steps.
      name: the name in the config and of the operations; a string or None.

    Raises:
      ValueError: if there is no such signature.
      OSError: if there is no SavedModel at `path`.

    >>> import tempfile
    >>> class Halving(tf.Module):
    ...     @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    ...     def rate(self, step):
    ...         return 0.5 ** tf.cast(step, tf.float32)
    >>> module, path = Halving(), tempfile.mkdtemp()
    >>> tf.saved_model.save(module, path, signatures=module.rate)
    >>> SavedModelSchedule(path)(2).numpy().item()
    0.25

    Source: https://www.tensorflow.org/guide/saved_model.
    """

    _rate_argument = None
    _is_made_from_its_config = False

    @classmethod
    def from_config(cls, config):
        """Refuses, so that a config cannot run the graph of some file.

        Raises:
          ValueError: always.
        """
        raise ValueError(
            "SavedModelSchedule must not be made from a config, which would "
            f"run the graph in {config.get('path')!r}. If you trust it, call "
            "SavedModelSchedule(path)."
        )

    def __init__(self, path, name="SavedModelSchedule"):
        super().__init__(name)
        self.path = os.fspath(path)
        # Kept alive, because its variables go with it.
        self._saved_model = tf.saved_model.load(self.path)
        signatures = self._saved_model.signatures
        names = sorted(signatures)
        chosen = names if len(names) == 1 else ["serving_default"]
        function = signatures.get(chosen[0])
        if function is None or not _is_of_one_step_and_rate(function):
            raise ValueError(
                f"path must be a SavedModel with a signature of one step and "
                f"one rate; {self.path} has {names or 'none'}. Save it with "
                "signatures={'serving_default': ...}."
            )
        self._signature = function

    @property
    def dtype(self) -> tf.DType:
        """The dtype of the signature's output."""
        (output,) = self._signature.structured_outputs.values()
        return output.dtype

    def _formula(self, step, path):
        ((name, spec),) = self._signature.structured_input_signature[1].items()

        def rate(steps):
            (value,) = self._signature(**{name: steps}).values()
            return tf.cast(value, tf.float64)

        steps = tf.cast(step, spec.dtype)
        if spec.shape.rank is None:
            return rate(steps)
        flat = tf.reshape(steps, [-1])
        if spec.shape.rank == 0:
            flat = tf.map_fn(rate, flat, tf.float64)
        else:
            flat = rate(flat)
        return tf.reshape(flat, tf.shape(step))
