"""Compiles a `TPUStrategy`'s program with XLA:TPU, without a TPU.

The strategy is TensorFlow's own, over devices that exist only in name: it can
trace, but not run. This module cuts the operations of one replica out of the
trace and turns their variables into arguments and results. TensorFlow's TPU
kernels lower them to StableHLO, which the compiler in libtpu compiles.
"""

import re
from typing import NamedTuple

import jax
import numpy as np
import tensorflow as tf
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir
from jax.experimental import topologies
from tensorflow.python.client import session
from tensorflow.python.framework import ops
from tensorflow.python.tpu import tpu_system_metadata

REPLICAS = 8
# The smallest topology of each generation with that many devices.
TOPOLOGIES = {
    "v2": "v2:2x2",
    "v3": "v3:2x2",
    "v4": "v4:2x2x1",
    "v5e": "v5e:2x4",
    "v5p": "v5p:2x2x2",
    "v6e": "v6e:2x4",
}
_KINDS = {
    "v2": "TPU v2",
    "v3": "TPU v3",
    "v4": "TPU v4",
    "v5e": "TPU v5 lite",
    "v5p": "TPU v5",
    "v6e": "TPU v6 lite",
}
# Operations of a program that waits for its host.
_HOST = re.compile(r" (?:send|recv|infeed|outfeed)(?:-done)?\(")
# Attributes that tie an operation to its original graph.
_LOCAL = ("_class", "_tpu_replicate", "_tpu_input_identity")

jax.config.update("jax_enable_x64", True)


def strategy() -> tf.distribute.TPUStrategy:
    """A TPUStrategy of 8 replicas, whose variables are on logical CPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * REPLICAS
    )

    def device(kind, index):
        return f"/job:localhost/replica:0/task:0/device:{kind}:{index}"

    names = [(device("TPU", i), "TPU") for i in range(REPLICAS)]
    names.append((device("CPU", 0), "CPU"))
    metadata = tpu_system_metadata.TPUSystemMetadata(
        num_cores=REPLICAS,
        num_hosts=1,
        num_of_cores_per_host=REPLICAS,
        topology=None,
        devices=[session._DeviceAttributes(*name, 0, 0) for name in names],
    )

    class Resolver(tf.distribute.cluster_resolver.TPUClusterResolver):
        def __init__(self):
            self.task_type = self.task_id = None

        def get_tpu_system_metadata(self):
            return metadata

        def master(self, *args, **kwargs):
            return ""

        get_master = master

        def cluster_spec(self):
            return tf.train.ClusterSpec({})

    made = tf.distribute.TPUStrategy(Resolver())
    made.extended._tpu_devices = np.array(
        [[device("CPU", i)] for i in range(REPLICAS)], dtype=object
    )
    return made


class Replica(NamedTuple):
    """The computation of one replica, as a function without variables."""

    function: tf.types.experimental.GenericFunction
    arguments: list[tf.TensorSpec]
    variables: list[tf.TensorSpec]  # further arguments, and results
    raw_handles: list[str]  # variables that the strategy did not make


def replica(strategy, function, *specs) -> Replica:
    """Traces `strategy.run(function)` and cuts one replica out of it."""

    def run(*args):  # TensorFlow names the cluster after it
        return strategy.run(function, args=args)

    graph = (
        tf.function(run, autograph=False).get_concrete_function(*specs).graph
    )
    inside = [
        operation
        for operation in graph.get_operations()
        if "_tpu_replicate" in operation.node_def.attr
        and operation.type != "TPUReplicateMetadata"
    ]
    own = set(inside)
    outside = {
        tensor.ref(): tensor
        for operation in inside
        for tensor in operation.inputs
        if tensor.op not in own
    }.values()
    handles = [t for t in outside if t.dtype == tf.resource]
    arguments = [t for t in outside if t.dtype != tf.resource]
    results = [
        tensor
        for operation in inside
        for tensor in operation.outputs
        if any(consumer not in own for consumer in tensor.consumers())
    ]

    def pure(*values):
        # The trace has the order of the program.
        tensors = dict(zip((t.ref() for t in arguments), values, strict=False))
        variables = dict(
            zip(
                (t.ref() for t in handles),
                values[len(arguments) :],
                strict=True,
            )
        )
        names = {t.ref(): t.ref() for t in handles}
        for operation in inside:
            _again(operation, tensors, variables, names)
        return [tensors[t.ref()] for t in results], list(variables.values())

    return Replica(
        tf.function(pure, jit_compile=True, autograph=False),
        [tf.TensorSpec(t.shape, t.dtype) for t in map(_one, arguments)],
        [_variable_spec(_one(t)) for t in handles],
        [t.name for t in handles if t.op.type != "TPUReplicatedInput"],
    )


def _one(tensor):
    """The first replica's part of an input to all replicas."""
    is_replicated = tensor.op.type == "TPUReplicatedInput"
    return tensor.op.inputs[0] if is_replicated else tensor


def _variable_spec(handle):
    (data,) = ops.get_resource_handle_data(handle).shape_and_type
    return tf.TensorSpec(tf.TensorShape(data.shape), tf.as_dtype(data.dtype))


def _again(operation, tensors, variables, names):
    """The same operation on tensors in place of variables."""
    inputs = list(operation.inputs)
    if not (inputs and inputs[0].ref() in names):
        attributes = {
            name: value
            for name, value in operation.node_def.attr.items()
            if name not in _LOCAL
        }
        made = tf.compat.v1.get_default_graph()._create_op_internal(
            operation.type,
            [tensors[t.ref()] for t in inputs],
            [t.dtype for t in operation.outputs],
            attrs=attributes,
            op_def=operation.op_def,
        )
        results = zip(operation.outputs, made.outputs, strict=True)
        tensors.update((old.ref(), new) for old, new in results)
        return
    variable = names[inputs[0].ref()]
    value = tensors[inputs[1].ref()] if len(inputs) > 1 else None
    match operation.type:
        case "Identity":
            names[operation.outputs[0].ref()] = variable
        case "ReadVariableOp":
            read = tf.identity(variables[variable])
            tensors[operation.outputs[0].ref()] = read
        case "AssignVariableOp":
            variables[variable] = value
        case "AssignAddVariableOp":
            variables[variable] += value
        case "AssignSubVariableOp":
            variables[variable] -= value
        case other:
            raise NotImplementedError(f"{other} of a variable")


def lower(replica: Replica) -> str:
    """The StableHLO of a replica, from TensorFlow's TPU kernels."""
    text = replica.function.experimental_get_compiler_ir(
        *replica.arguments, *replica.variables
    )(stage="stablehlo", platform_name="TPU")
    # An operation of another MLIR dialect that variables leave behind.
    return re.sub(
        r"mhlo\.copy (%[\w#]+) : (tensor<[^>]*>)",
        r"stablehlo.reshape \1 : (\2) -> \2",
        text,
    )


def compile_for(stablehlo: str, generation: str) -> str:
    """The text of the program that XLA:TPU compiles for 8 devices."""
    devices = topologies.get_topology_desc(
        topology_name=TOPOLOGIES[generation], platform="tpu"
    ).devices
    kinds = {device.device_kind for device in devices}
    if kinds != {_KINDS[generation]} or len(devices) != REPLICAS:
        raise ValueError(f"{generation}: {len(devices)} devices of {kinds}")
    options = xla_client.CompileOptions()
    options.num_replicas = REPLICAS
    options.device_assignment = xla_client.DeviceAssignment.create(
        np.array([[device.id] for device in devices], np.int32)
    )
    with mlir.make_ir_context():
        program = devices[0].client.compile(
            ir.Module.parse(stablehlo),
            executable_devices=xla_client.DeviceList(tuple(devices)),
            compile_options=options,
        )
    text = program.hlo_modules()[0].to_string()
    if waits := _HOST.findall(text):
        raise RuntimeError(f"the program waits for its host: {waits}")
    return text
