"""Reads the contents of a SavedModel without loading it."""

import itertools
import pathlib

from tensorflow.core.protobuf import saved_model_pb2

# Operations that LiteRT, ONNX and OpenVINO all run, and those of SavedModels.
PORTABLE = {
    *("AddV2", "Cast", "Exp", "ExpandDims", "Fill", "Floor", "FloorMod"),
    *("GatherNd", "GatherV2", "Greater", "GreaterEqual", "IsNan", "Less"),
    *("LessEqual", "Log", "LogicalAnd", "LogicalOr", "Maximum", "Minimum"),
    *("Mul", "Neg", "OnesLike", "Pack", "Pow", "RealDiv", "Reshape", "Round"),
    *("SelectV2", "Shape", "Sin", "Sqrt", "Square", "Sub", "Sum", "ZerosLike"),
    # Calls, and operations that save variables.
    *("Const", "Identity", "NoOp", "PartitionedCall", "Placeholder"),
    *("StatefulPartitionedCall", "MergeV2Checkpoints", "RestoreV2", "SaveV2"),
    *("Select", "ShardedFilename", "StaticRegexFullMatch", "StringJoin"),
}


def nodes(path: pathlib.Path):
    """Every node of the graph and of the functions in its library."""
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((path / "saved_model.pb").read_bytes())
    for meta_graph in saved_model.meta_graphs:
        yield from nodes_of(meta_graph.graph_def)


def nodes_of(graph):
    """Every node of a GraphDef and of the functions in its library."""
    return itertools.chain(
        graph.node, *(f.node_def for f in graph.library.function)
    )


def types(node) -> set[int]:
    """The tensor types that a node names."""
    found = {node.attr["value"].tensor.dtype} if "value" in node.attr else set()
    for attribute in node.attr.values():
        found |= {attribute.type, *attribute.list.type}
    return found
