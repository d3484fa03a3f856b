"""The TensorFlow functions that a schedule is traced into."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record


def traced(
    shape: Sequence[int | None] | None, dtype: tf.DType
) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that makes a method a `tf.function`, traced per instance."""
    spec = tf.TensorSpec(shape, dtype, name="step")
    return functools.partial(
        tf.function, input_signature=[spec], autograph=False
    )


def fast_call(function: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """A concrete function of one tensor as a cheap callable.

    Where nothing can request a gradient, it runs the bare operation at a
    fraction of the cost.
    """
    types = [function.output_dtypes]
    has_gradient = function.inputs[0].dtype.is_floating
    operation = tf.raw_ops.PartitionedCall
    if function.captured_inputs:
        has_gradient, operation = True, tf.raw_ops.StatefulPartitionedCall

    def call(step: tf.Tensor) -> tf.Tensor:
        if has_gradient and record.could_possibly_record():
            return function(step)
        arguments = [step, *function.captured_inputs]
        return operation(args=arguments, Tout=types, f=function)[0]

    return call


@functools.lru_cache(maxsize=64)
def constant_function(text: str) -> Any:
    """A `tf.function` without arguments that returns a string."""
    return tf.function(
        lambda: tf.constant(text), input_signature=[], autograph=False
    )
