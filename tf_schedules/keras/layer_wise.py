"""Rates by layer: an optimizer whose groups follow `factor * schedule`."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tf_schedules.core import AnySchedule, as_schedule, describe, rules, values
from tf_schedules.keras.grouped import FROZEN, GroupedOptimizer
from tf_schedules.keras.places import Place, places_of

_FACTOR = rules.NumberRule(
    "a finite number of at least 0",
    "Pass a factor such as 0.1, or 0 to freeze.",
    lambda factor: factor >= 0,
)
_DECAY = rules.NumberRule(
    "a number greater than 0 and at most 1",
    "Pass a number such as 0.75, or None for no decay.",
    lambda decay: 0 < decay <= 1,
)


def layer_wise(
    model: tf.keras.Model,
    optimizer_class: Any,
    schedule: AnySchedule,
    factors: Mapping[str, float] | None = None,
    depth_decay: float | None = None,
    **optimizer_arguments: Any,
) -> GroupedOptimizer:
    """An optimizer that trains each layer at its own multiple of a schedule.

    ```
    rate = factor * schedule(step)
    factor = the first of factors whose pattern matches the variable's path,
             else depth_decay ** depth, else 1
    ```

    where the depth is the number of levels after the variable's: 0 for the last
    layer, the head, and highest for the first, the embeddings. Each layer with
    trainable weights is a level, in the order of `model.layers`, which
    `model.summary()` prints; a model inside the model is replaced by its
    layers. Weights that a model has outside of its layers belong to its first
    level, and a layer that is used twice to the first of its places. A level
    that a pattern matches still counts.

    Make it in the place of `optimizer_class(schedule, ...)`, after the model.
    Variables with the same factor form a group, with an optimizer of its own in
    `optimizer.optimizers`, whose name is, for example, `factor_0.1`. They are
    in the order of the factors.

    Args:
      model: the built `tf.keras.Model`.
      optimizer_class: such as `tf.keras.optimizers.AdamW`; no instance.
      schedule: a schedule of this package or of Keras, or a rate.
      factors: a mapping from regular expressions to factors, which are finite
        Python numbers of at least 0; 0 freezes. An expression must match the
        whole (`re.fullmatch`) of a trainable variable's `path`, or of its path
        in the model, which begins with the name of a layer, or with the names
        of models inside the model. The first expression that matches counts.
      depth_decay: a Python number greater than 0 and at most 1; None for none.
      **optimizer_arguments: other arguments of the class, for each group.
        `global_clipnorm` clips by the norm of all the variables that are
        trained. `name` is that of the returned optimizer.

    Returns:
      An optimizer for `model.compile` or a loop; with Keras 3.15 or later, a
      `tf.keras.optimizers.MultiOptimizer`.

    Raises:
      TypeError: if an argument is of the wrong type.
      ValueError: if the model is not built, if an argument is out of range, or
        if a pattern sets the factor of no variable.

    >>> layers = tf.keras.layers
    >>> model = tf.keras.Sequential([
    ...     layers.Input([4]), layers.Dense(4, name="encoder"),
    ...     layers.Dense(1, name="head")])
    >>> from tf_schedules import Constant
    >>> optimizer = layer_wise(
    ...     model, tf.keras.optimizers.Adam, Constant(0.5), {"encoder/.*": 0.5})
    >>> [float(o.learning_rate) for o in optimizer.optimizers]
    [0.25, 0.5]

    Source: Howard & Ruder, Universal Language Model Fine-tuning for Text
    Classification, https://arxiv.org/abs/1801.06146; the decay is that of
    ELECTRA, https://arxiv.org/abs/2003.10555, BEiT,
    https://arxiv.org/abs/2106.08254, and MAE, https://arxiv.org/abs/2111.06377.
    """
    _check_class(optimizer_class)
    _check_arguments(optimizer_arguments)
    full = as_schedule("schedule", schedule)
    places = _places(model)
    by_pattern = _by_pattern(places, factors)
    decay = _decay(depth_decay)
    all_factors = [
        decay**place.depth if factor is None else factor
        for place, factor in zip(places, by_pattern, strict=True)
    ]
    distinct = sorted({factor for factor in all_factors if factor})
    if not distinct:
        raise ValueError(
            "factors must leave a variable to train; got 0 for all "
            f"{len(places)}. Make one of them greater than 0."
        )
    name = optimizer_arguments.pop("name", "layer_wise")
    norm = optimizer_arguments.pop("global_clipnorm", None)
    with model.distribute_strategy.scope():
        optimizers = [
            optimizer_class(
                learning_rate=full if factor == 1 else full * factor,
                name=f"factor_{factor:.4g}",
                **optimizer_arguments,
            )
            for factor in distinct
        ]
        groups = [distinct.index(f) if f else FROZEN for f in all_factors]
        optimizer = GroupedOptimizer(optimizers, groups, norm, name)
        optimizer.build(model.trainable_variables)
    return optimizer


def _check_class(optimizer_class: Any) -> None:
    base = tf.keras.optimizers.Optimizer
    if not (
        isinstance(optimizer_class, type) and issubclass(optimizer_class, base)
    ):
        raise TypeError(
            "optimizer_class must be a class of optimizer of the Keras that "
            f"tf.keras is; got {describe(optimizer_class)}. Pass, for example, "
            "tf.keras.optimizers.AdamW, and its arguments to layer_wise."
        )


def _check_arguments(arguments: dict[str, Any]) -> None:
    if "learning_rate" in arguments:
        raise TypeError(
            "optimizer_arguments must not have a learning_rate; got "
            f"{describe(arguments['learning_rate'])}. Pass it as schedule."
        )
    if arguments.get("global_clipnorm") is None:
        return
    for other in ("gradient_accumulation_steps", "loss_scale_factor"):
        if arguments.get(other) is not None:
            raise ValueError(
                f"global_clipnorm must not be used with {other}; got both. "
                "Pass clipnorm, which clips each variable by its own norm."
            )


def _places(model: Any) -> list[Place]:
    if not isinstance(model, tf.keras.Model):
        raise TypeError(
            f"model must be a tf.keras.Model; got {describe(model)}. Pass the "
            "model that the optimizer will train."
        )
    places = places_of(model) if model.built else []
    if not places:
        raise ValueError(
            "model must be built and have trainable variables; got "
            f"{model.name!r}, which {'has none' if model.built else 'is not'}. "
            "Begin it with an Input layer, or call it on a batch first."
        )
    return places


def _decay(depth_decay: Any) -> float:
    if depth_decay is None:
        return 1.0
    return _number(_DECAY, "depth_decay", depth_decay)


def _number(rule: rules.NumberRule, name: str, value: Any) -> float:
    """A checked number; a variable's value would not be followed."""
    if values.is_tensor(value):
        raise TypeError(
            f"{name} must be a Python or NumPy number; got {describe(value)}. "
            f"{rule.fix}"
        )
    return float(rule.check(name, value))


def _by_pattern(places: list[Place], factors: Any) -> list[float | None]:
    """The factor of each variable, or None where no pattern matches."""
    found: list[float | None] = [None] * len(places)
    if not isinstance(factors, Mapping | None):
        raise TypeError(
            f"factors must be a mapping; got {describe(factors)}. Pass, for "
            "example, {'encoder/.*': 0.1}."
        )
    for pattern, factor in (factors or {}).items():
        matching = _matching(places, pattern)
        factor = _number(_FACTOR, f"factors[{pattern!r}]", factor)
        free = [i for i in matching if found[i] is None]
        if not free:
            raise ValueError(
                f"each pattern of factors must come before those that match "
                f"the same variables; got {pattern!r}, whose variables all "
                "have a factor already. Put it first or remove it."
            )
        for i in free:
            found[i] = factor
    return found


def _matching(places: list[Place], pattern: Any) -> list[int]:
    try:
        matches = re.compile(pattern).fullmatch
    except (re.error, TypeError) as error:
        raise ValueError(
            f"each pattern of factors must be a regular expression; got "
            f"{pattern!r}: {error}. Pass, for example, 'encoder/.*'."
        ) from None
    found = [
        i
        for i, place in enumerate(places)
        if matches(place.path) or matches(place.path_in_model)
    ]
    if not found:
        paths = [place.path_in_model for place in places]
        near = difflib.get_close_matches(str(pattern), paths, 3, cutoff=0)
        raise ValueError(
            "each pattern of factors must match the whole path of a trainable "
            f"variable; got {pattern!r}. The nearest are {', '.join(near)}."
        )
    return found
