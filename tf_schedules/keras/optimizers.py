"""The optimizers of a model, and their steps and rates."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tf_schedules.core import values


def optimizers_of(model: tf.keras.Model) -> dict[str, Any]:
    """The optimizers that are attributes of a model, by name.

    An optimizer in a list, a dict or a `MultiOptimizer` is named `name/key`.
    Wrapped optimizers are returned without their wrappers.
    """
    found: dict[str, Any] = {}
    # TensorFlow's own `_self_` attributes repeat the others.
    names = [n for n in vars(model) if not n.startswith("_self_")]
    for name in sorted(names, key=lambda n: n.startswith("_")):
        for path, optimizer in _optimizers_in(vars(model)[name], name, model):
            if not any(optimizer is other for other in found.values()):
                found[path] = optimizer
    return found


def _optimizers_in(
    value: Any, name: str, model: tf.keras.Model
) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    elif not _is_optimizer(value):
        return
    elif hasattr(innermost(value), "optimizers"):
        parts = _parts_of(innermost(value), model)
    else:
        yield name, innermost(value)
        return
    for key, part in parts:
        if _is_optimizer(part):
            yield from _optimizers_in(part, f"{name}/{key}", model)


def _parts_of(
    optimizer: Any, model: tf.keras.Model
) -> list[tuple[int | str, Any]]:
    """The optimizers of a `MultiOptimizer`, by name or number."""
    if not optimizer.optimizers and model.built:
        # The function that chooses them runs only in `build`.
        with model.distribute_strategy.scope():
            optimizer.build(model.trainable_variables)
    names = [part.name for part in optimizer.optimizers]
    are_distinct = len(set(names)) == len(names)
    keys = names if are_distinct else range(len(names))
    return list(zip(keys, optimizer.optimizers, strict=True))


def _is_optimizer(value: Any) -> bool:
    """Whether `value` is an optimizer of either Keras, new or legacy."""
    return hasattr(value, "apply_gradients")


def innermost(optimizer: Any) -> Any:
    """The optimizer that applies the rate, inside any wrappers."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


def named_optimizers(optimizers: Any) -> dict[str, Any]:
    """The innermost optimizers in a checked argument `optimizers`, by name.

    Raises:
      TypeError: if `optimizers` is not a dict from names to optimizers.
    """
    if not (
        isinstance(optimizers, dict)
        and optimizers
        and all(isinstance(name, str) for name in optimizers)
        and all(map(_is_optimizer, optimizers.values()))
    ):
        raise TypeError(
            "optimizers must be a dict from names to optimizers; got "
            f"{values.describe(optimizers)}. Pass, for example, "
            '{"generator": generator_optimizer}, or None for all of the '
            "model's."
        )
    for name, optimizer in optimizers.items():
        if hasattr(innermost(optimizer), "optimizers"):
            raise TypeError(
                "optimizers must be optimizers with a rate of their own; got "
                f"{type(optimizer).__name__} as {name!r}. Name those inside it."
            )
    return {name: innermost(o) for name, o in optimizers.items()}


def counter_of(optimizer: Any) -> Any:
    """The step that a schedule sees, as a variable.

    With accumulated gradients, Keras's `iterations` counts only updates.
    """
    return getattr(optimizer, "_iterations", optimizer.iterations)


def step_of(optimizer: Any) -> int:
    """The step that the schedule of an optimizer sees next, as a number."""
    return int(values.plain(counter_of(optimizer)))


def rate_of(optimizer: Any) -> Any:
    """The schedule of an optimizer, or the rate it has instead."""
    # tf_keras's legacy optimizers have only the property.
    if hasattr(optimizer, "_learning_rate"):
        return optimizer._learning_rate
    return optimizer.learning_rate


def rate_in(optimizer: Any) -> tuple[dict[str, Any], str]:
    """The dict that holds the rate or the schedule of an optimizer, its key."""
    if "_learning_rate" in vars(optimizer):
        return vars(optimizer), "_learning_rate"
    # tf_keras's legacy optimizers have a dict of their own, in which a number
    # becomes a variable when it is first read.
    _ = optimizer.learning_rate
    return optimizer._hyper, "learning_rate"
