"""The trainable variables of a model: their paths and their depths."""

from typing import Any, NamedTuple

import tensorflow as tf


class Place(NamedTuple):
    """Where a variable is in a model."""

    # Keras's own path.
    path: str
    # The same from the model on: without its name, and with the names of the
    # models inside it, which Keras leaves out where they are functional.
    path_in_model: str
    # The number of levels that come after the variable's.
    depth: int


def places_of(model: tf.keras.Model) -> list[Place]:
    """The place of each trainable variable, in the model's order.

    A layer with trainable weights is a level, in the order of `model.layers`; a
    model inside the model is replaced by its layers. Weights that a model has
    outside of its layers belong to the first level of that model, and a shared
    layer to the first of its places.
    """
    paths: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for level in _levels(model, ()):
        number = len(set(numbers.values()))
        for path, variable in level:
            paths.setdefault(id(variable), path)
            numbers.setdefault(id(variable), number)
    last = max(numbers.values(), default=0)
    return [
        Place(_path(v), paths[id(v)], last - numbers[id(v)])
        for v in model.trainable_variables
    ]


def _path(variable: Any) -> str:
    """The path; tf_keras has only a name, such as `dense/kernel:0`."""
    return str(getattr(variable, "path", variable.name)).partition(":")[0]


_Level = list[tuple[str, Any]]


def _levels(model: tf.keras.Model, outer: tuple[str, ...]) -> list[_Level]:
    """The variables of each level, each with its path in the outermost one."""
    models = (*outer, model.name)

    def named(variables: Any) -> _Level:
        return [(_path_in(models, v), v) for v in variables]

    levels: list[_Level] = []
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            levels += _levels(layer, models)
        elif layer.trainable_variables:
            levels.append(named(layer.trainable_variables))
    inside = {id(variable) for level in levels for _, variable in level}
    own = named(v for v in model.trainable_variables if id(v) not in inside)
    if own:
        levels[:1] = [sum(levels[:1], own)]
    return levels


def _path_in(models: tuple[str, ...], variable: Any) -> str:
    path = _path(variable)
    for name in models:
        path = path.removeprefix(f"{name}/")
    return "/".join([*models[1:], path])
