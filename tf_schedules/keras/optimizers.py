"""Which optimizers a model has, and the steps and rates of each."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tf_schedules.core import values


def optimizers_of(model: tf.keras.Model) -> dict[str, Any]:
    """The optimizers that are attributes of a model, by their names.

    One in a list or a dict is `name/key`, and so are those inside of a
    `MultiOptimizer`. Each is the one that applies the rate, without others
    that wrap it.
    """
    found: dict[str, Any] = {}
    # Those that TensorFlow keeps for itself repeat the attributes.
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
    """The optimizers of a `MultiOptimizer`, by their names or numbers."""
    if not optimizer.optimizers and model.built:
        # A function that chooses them has not been asked yet.
        with model.distribute_strategy.scope():
            optimizer.build(model.trainable_variables)
    names = [part.name for part in optimizer.optimizers]
    are_distinct = len(set(names)) == len(names)
    keys = names if are_distinct else range(len(names))
    return list(zip(keys, optimizer.optimizers, strict=True))


def _is_optimizer(value: Any) -> bool:
    """Whether it is one of either Keras, new or old."""
    return hasattr(value, "apply_gradients")


def innermost(optimizer: Any) -> Any:
    """The optimizer that applies the rate, inside of others."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


def named_optimizers(optimizers: Any) -> dict[str, Any]:
    """Checks an argument `optimizers`; the innermost optimizers by name.

    Raises:
      TypeError: if it is no dict from names to optimizers.
    """
    if not (
        isinstance(optimizers, dict)
        and optimizers
        and all(isinstance(name, str) for name in optimizers)
        and all(map(_is_optimizer, optimizers.values()))
    ):
        raise TypeError(
            "optimizers must be a dict from names to optimizers; got "
            f"{values.describe(optimizers)}. Pass for example "
            '{"generator": generator_optimizer}, or None for all of the '
            "model."
        )
    for name, optimizer in optimizers.items():
        if hasattr(innermost(optimizer), "optimizers"):
            raise TypeError(
                "optimizers must be optimizers with a rate of their own; got "
                f"{type(optimizer).__name__} as {name!r}. Name those inside "
                "of it."
            )
    return {name: innermost(o) for name, o in optimizers.items()}


def counter_of(optimizer: Any) -> Any:
    """The step that a schedule sees, as a variable.

    With accumulated gradients Keras's `iterations` counts updates only.
    """
    return getattr(optimizer, "_iterations", optimizer.iterations)


def step_of(optimizer: Any) -> int:
    """The step that the schedule of an optimizer sees next, as a number."""
    return int(values.plain(counter_of(optimizer)))


def rate_of(optimizer: Any) -> Any:
    """The schedule of an optimizer, or what else it has as its rate."""
    # The oldest optimizers of tf_keras have the property alone.
    if hasattr(optimizer, "_learning_rate"):
        return optimizer._learning_rate
    return optimizer.learning_rate
