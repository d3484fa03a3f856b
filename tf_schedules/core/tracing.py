"""The functions of TensorFlow that a schedule becomes."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def traced(
    shape: Sequence[int | None] | None, dtype: tf.DType
) -> Callable[[Callable[..., Any]], Any]:
    """A method as a `tf.function` of the class: one trace an instance."""
    spec = tf.TensorSpec(shape, dtype, name="step")
    return functools.partial(
        tf.function, input_signature=[spec], autograph=False
    )


def bare_call(function: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """A concrete function of one tensor, without captures, as one op."""
    types = [function.output_dtypes]

    def call(step: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.PartitionedCall(args=[step], Tout=types, f=function)[
            0
        ]

    return call


@functools.lru_cache(maxsize=64)
def constant_function(text: str) -> Any:
    """A `tf.function` without arguments that returns a string."""
    return tf.function(
        lambda: tf.constant(text), input_signature=[], autograph=False
    )
