"""Exports of schedules to versioned SavedModel directories, and loads."""

import itertools
import json
import os
import pathlib
import shutil
import uuid
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

from tf_schedules.core import OneOf, Schedule, deserialize, path_of
from tf_schedules.numerics import PRECISIONS
from tf_schedules.saving import warmup_requests
from tf_schedules.saving.freezing import frozen

_PROTO = "saved_model.pb"


def export(
    schedule: Schedule,
    base_dir: str | os.PathLike[str],
    *,
    precision: str = "float64",
    variables: bool = False,
    warmup_steps: Sequence[int] = (),
) -> pathlib.Path:
    """Writes a schedule as the next version in a directory.

    The directory has the layout that TensorFlow Serving reads. One rename
    makes the complete version appear; no version is ever overwritten.

    Args:
      schedule: the schedule to export.
      base_dir: a local directory, created if it does not exist.
      precision: the precision of the graph. float64 leaves the schedule as it
        is and gives its exact rates. float32 is for readers without float64,
        see `Schedule.with_precision`: the rate is a float32 within 1e-6 of
        the highest rate, and restarts fall on their step up to step 2**31,
        unless the schedule has variables. `load` returns the original
        schedule in either case.
      variables: whether hyperparameters that are variables stay variables,
        instead of becoming the numbers that they hold now.
      warmup_steps: steps that TensorFlow Serving evaluates when it loads the
        version, so that no client waits for the first answer. They need
        tensorflow-serving-api, from the extra `serving`.

    Returns:
      The path of the new version, `base_dir/<1 more than the highest>`.

    Raises:
      TypeError: if `schedule` is not a schedule of this package, `base_dir` is
        not a path, or `warmup_steps` are not whole numbers.
      ValueError: if `precision` is neither, float32 cannot hold the schedule,
        or there are more than 1000 `warmup_steps`.
      ImportError: if there are `warmup_steps` but the extra is missing.
      NotADirectoryError: if `base_dir` exists but is not a directory.
      OSError: if `base_dir` cannot be created.

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
            f"{type(schedule).__name__}. tf_schedules.from_keras converts "
            "Keras's schedules."
        )
    base = path_of(base_dir=base_dir)
    if base.exists() and not base.is_dir():
        raise NotADirectoryError(
            f"base_dir must be a directory; got the file {base}. Pass "
            "another path."
        )
    # Everything that can fail does so before anything is written.
    OneOf(PRECISIONS).check("precision", precision)
    warmup_steps = warmup_requests.checked(warmup_steps)
    if not variables:
        schedule = frozen(schedule)
    if "float32" in (precision, schedule._precision_of_all()):
        schedule = schedule._exported_in("float32")
    signatures = schedule.signatures()
    if schedule._precision == "float32" and _has_float64(signatures):
        raise ValueError(
            "precision must be 'float64' for a schedule whose formula comes "
            "from another package and uses float64; got 'float32'."
        )
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"base_dir must be a directory that can be made; got {base}: "
            f"{error.strerror}. Pass another path."
        ) from error
    unfinished = base / f".unfinished-{uuid.uuid4().hex}"
    try:
        tf.saved_model.save(schedule, str(unfinished), signatures=signatures)
        if warmup_steps:
            name = base.resolve().name
            warmup_requests.write(unfinished, name, warmup_steps)
        return _publish(unfinished, base)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _has_float64(signatures: dict[str, Any]) -> bool:
    graph = signatures["serving_default"].graph.as_graph_def()
    in_functions = (f.node_def for f in graph.library.function)
    nodes = itertools.chain(graph.node, *in_functions)
    return any(
        types_pb2.DT_DOUBLE
        in (attribute.type, attribute.tensor.dtype, *attribute.list.type)
        for node in nodes
        for attribute in node.attr.values()
    )


def _publish(unfinished: pathlib.Path, base: pathlib.Path) -> pathlib.Path:
    while True:
        highest = max(_versions(base), key=int, default="0")
        target = base / str(int(highest) + 1)
        try:
            return unfinished.rename(target)
        except OSError:
            # Another export may have taken the number: try the next one.
            if not target.exists():
                raise


def _versions(base: pathlib.Path) -> list[str]:
    names = (p.name for p in base.iterdir())
    return [n for n in names if n.isascii() and n.isdecimal()]


def load(path: str | os.PathLike[str]) -> Schedule:
    """The schedule in a SavedModel.

    A schedule's SavedModel holds its config as JSON, from which `load` makes
    the original class without running anything in the file. It refuses any
    other SavedModel; a `SavedModelSchedule` runs the graph in one.

    Args:
      path: a SavedModel directory, or a directory of its versions, from which
        `load` takes the highest.

    Returns:
      A schedule, which a Keras optimizer takes as its learning rate.

    Raises:
      FileNotFoundError: if there is no SavedModel at `path`.
      ValueError: if it is damaged or from another package, or its class is
        unknown.

    >>> import tempfile, tf_schedules
    >>> base_dir = tempfile.mkdtemp()
    >>> schedule = tf_schedules.ExponentialDecay(0.5, 2, 0.5)
    >>> load(export(schedule, base_dir)).decay_steps
    2

    Source: https://www.tensorflow.org/guide/saved_model.
    """
    directory = path_of(path=path)
    if not (directory / _PROTO).exists() and directory.is_dir():
        directory /= max(_versions(directory), key=int, default="")
    if not (directory / _PROTO).is_file():
        raise FileNotFoundError(
            f"path must be a SavedModel directory or one of its versions; "
            f"there is no {_PROTO} in {path}. Pass the result of export()."
        )
    try:
        return deserialize(_config(directory))
    except Exception as error:  # damaged bytes can raise anything
        raise ValueError(
            "path must be an intact SavedModel of a schedule of this package; "
            f"{directory} cannot be read: {error} Export it again. If it is "
            "another one, and you trust it, SavedModelSchedule(path) runs it."
        ) from error


def _config(directory: pathlib.Path) -> dict[str, Any]:
    """The JSON that the root object's `schedule_config` would return."""
    proto = (directory / _PROTO).read_bytes()
    meta_graph = saved_model_pb2.SavedModel.FromString(proto).meta_graphs[0]
    nodes = meta_graph.object_graph_def.nodes
    children = {c.local_name: c.node_id for c in nodes[0].children}
    if "schedule_config" not in children:
        raise ValueError(
            "It has no config, because it is of another kind or holds a "
            "function that is not registered with Keras."
        )
    names = nodes[children["schedule_config"]].function.concrete_functions
    (text,) = (
        node.attr["value"].tensor.string_val[0]
        for function in meta_graph.graph_def.library.function
        if function.signature.name in names
        for node in function.node_def
        if node.op == "Const"
    )
    config = json.loads(text)
    if not isinstance(config, dict):
        raise ValueError("Its config is not an object.")
    return config
