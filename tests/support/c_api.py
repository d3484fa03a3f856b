"""Runs SavedModels through TensorFlow's C API, without TensorFlow's Python.

It stands in for programs that serve an exported schedule without the Python
code that wrote it. It loads the shared libraries of the installed Linux wheel;
it locates the package `tensorflow`, but never imports it.
"""

import contextlib
import ctypes
import functools
import importlib.util
import io
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

_INT64 = 9  # a TF_DataType, like the keys here; bfloat16 is read as bits
_DTYPES = {1: np.float32, 2: np.float64, 14: np.uint16, 19: np.float16}


class _Pointer(ctypes.c_void_p):
    """Stays a pointer when returned, where c_void_p would become an int.

    All of its bits are then passed on without declared argument types.
    """


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("deallocator", ctypes.c_void_p),
    )


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


_RESULTS = {  # the functions that do not return an int
    "TF_AllocateTensor": _Pointer,
    "TF_Dim": ctypes.c_int64,
    "TF_GraphOperationByName": _Pointer,
    "TF_LoadSessionFromSavedModel": _Pointer,
    "TF_Message": ctypes.c_char_p,
    "TF_NewBuffer": ctypes.POINTER(_Buffer),
    "TF_NewGraph": _Pointer,
    "TF_NewSessionOptions": _Pointer,
    "TF_NewStatus": _Pointer,
    "TF_TensorByteSize": ctypes.c_size_t,
    "TF_TensorData": _Pointer,
}


class StatusError(RuntimeError):
    """An error that TensorFlow reports."""


class Signature(NamedTuple):
    """The names of the input and output tensors, such as `Call:0`."""

    inputs: dict[str, str]
    outputs: dict[str, str]


class SavedModel:
    """A loaded SavedModel, to be closed, with its `signatures` by name."""

    def __init__(
        self, path: str | os.PathLike[str], tags: Sequence[str] = ("serve",)
    ):
        api = _api()
        tag_array = (ctypes.c_char_p * len(tags))(*map(str.encode, tags))
        with contextlib.ExitStack() as stack:
            self._graph = api.TF_NewGraph()
            stack.callback(api.TF_DeleteGraph, self._graph)
            options = api.TF_NewSessionOptions()
            stack.callback(api.TF_DeleteSessionOptions, options)
            meta_graph = api.TF_NewBuffer()
            stack.callback(api.TF_DeleteBuffer, meta_graph)
            self._session = _checked(
                api.TF_LoadSessionFromSavedModel,
                *(options, None, os.fsencode(path), tag_array, len(tags)),
                *(self._graph, meta_graph),
            )
            stack.callback(_checked, api.TF_DeleteSession, self._session)
            buffer = meta_graph.contents
            proto = ctypes.string_at(buffer.data, buffer.length)
            self.signatures = _parse_signatures(proto)
            self._resources = stack.pop_all()  # an error frees them instead

    def __enter__(self) -> "SavedModel":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees everything that the model holds; it cannot run afterwards."""
        self._session = None
        self._resources.close()

    def run(self, signature: str, steps: np.ndarray) -> np.ndarray:
        """The only output of a signature for its only input, an int64 tensor.

        An unknown signature raises KeyError; a failed run raises StatusError.
        """
        if self._session is None:
            raise ValueError("The SavedModel is closed.")
        (source,) = self.signatures[signature].inputs.values()
        (target,) = self.signatures[signature].outputs.values()
        api, result = _api(), _Pointer()
        with contextlib.ExitStack() as stack:
            tensor = _new_tensor(np.asarray(steps, np.int64))
            stack.callback(api.TF_DeleteTensor, tensor)
            _checked(
                api.TF_SessionRun,
                *(self._session, None),
                *(self._output(source), ctypes.byref(tensor), 1),
                *(self._output(target), ctypes.byref(result), 1),
                *(None, 0, None),  # no more operations, no metadata
            )
            stack.callback(api.TF_DeleteTensor, result)
            return _to_numpy(result)

    def _output(self, name: str):
        operation, _, index = name.rpartition(":")
        found = _api().TF_GraphOperationByName(self._graph, operation.encode())
        if not found:  # TF_SessionRun would crash otherwise
            raise ValueError(f"The graph has no operation {operation!r}.")
        return ctypes.byref(_Output(found.value, int(index)))


@functools.cache
def _api() -> ctypes.CDLL:
    # For a top-level package this only finds the files and runs nothing.
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("TensorFlow is not installed.")
    folder = pathlib.Path(spec.submodule_search_locations[0])
    # The second library needs the first, and finds missing symbols there.
    ctypes.CDLL(str(folder / "libtensorflow_framework.so.2"))
    api = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"))
    for name, result in _RESULTS.items():
        getattr(api, name).restype = result
    return api


def _checked(function, *arguments):
    """Calls a function whose last argument is a TF_Status."""
    api = _api()
    status = api.TF_NewStatus()
    try:
        result = function(*arguments, status)
        if api.TF_GetCode(status) != 0:
            raise StatusError(api.TF_Message(status).decode(errors="replace"))
        return result
    finally:
        api.TF_DeleteStatus(status)


def _new_tensor(array: np.ndarray) -> _Pointer:
    shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    data = array.tobytes()
    size = ctypes.c_size_t(len(data))
    tensor = _api().TF_AllocateTensor(_INT64, shape, array.ndim, size)
    ctypes.memmove(_api().TF_TensorData(tensor), data, len(data))
    return tensor


def _to_numpy(tensor: _Pointer) -> np.ndarray:
    api = _api()
    dtype = _DTYPES[api.TF_TensorType(tensor)]
    shape = [api.TF_Dim(tensor, i) for i in range(api.TF_NumDims(tensor))]
    size = api.TF_TensorByteSize(tensor)
    data = bytearray(ctypes.string_at(api.TF_TensorData(tensor), size))
    return np.frombuffer(data, dtype).reshape(shape)


def _parse_signatures(meta_graph: bytes) -> dict[str, Signature]:
    # MetaGraphDef.signature_def is field 5; SignatureDef has the inputs in 1
    # and the outputs in 2; TensorInfo has the name in 1.
    def names(signature: bytes, field: int) -> dict[str, str]:
        infos = _map_field(signature, field).items()
        return {key: dict(_fields(i)).get(1, b"").decode() for key, i in infos}

    return {
        key: Signature(names(signature, 1), names(signature, 2))
        for key, signature in _map_field(meta_graph, 5).items()
    }


def _map_field(message: bytes, field: int) -> dict[str, bytes]:
    """A map of messages, encoded as repeated pairs of fields 1 and 2."""
    pairs = [dict(_fields(v)) for n, v in _fields(message) if n == field]
    return {pair[1].decode(): pair[2] for pair in pairs}


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a protocol buffer: numbers with integers or bytes."""
    stream = io.BytesIO(message)

    def varint() -> int:
        (byte,) = stream.read(1)
        return byte if byte < 0x80 else byte - 0x80 + 0x80 * varint()

    while stream.tell() < len(message):
        number, wire_type = divmod(varint(), 8)
        if wire_type == 0:
            yield number, varint()
        else:  # obsolete groups, types 3 and 4, raise KeyError
            size = varint() if wire_type == 2 else {1: 8, 5: 4}[wire_type]
            yield number, stream.read(size)
