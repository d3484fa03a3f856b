"""An optimizer of optimizers, each for a group of a model's variables."""

from collections.abc import Iterable, Sequence
from typing import Any, final

import tensorflow as tf

from tf_schedules.keras.optimizers import counter_of

_Optimizer: Any = tf.keras.optimizers.Optimizer
# Keras treats its own class specially, as its TensorBoard callback does. It has
# had one since 3.15, and tf_keras has none.
_Base: Any = getattr(tf.keras.optimizers, "MultiOptimizer", _Optimizer)
FROZEN = -1


@final
@tf.keras.utils.register_keras_serializable("tf_schedules")
class GroupedOptimizer(_Base):
    """Trains each group of variables with an optimizer of its own.

    Keras's `MultiOptimizer` assigns variables by path, which may differ after
    a model is loaded, leaves the optimizers out of checkpoints, and would clip
    by the norm of each group. This one counts the variables, saves all, and
    clips by the norm of the whole model.

    Args:
      optimizers: the optimizers; the last one has the highest rate.
      groups: the number of the optimizer of each trainable variable of the
        model, in order; -1 for a variable that is not trained.
      global_clipnorm: the highest norm of all gradients together, or None.
      name: the name of the optimizer.
    """

    def __init__(
        self,
        optimizers: Sequence[Any],
        groups: Sequence[int],
        global_clipnorm: float | None = None,
        name: str = "layer_wise",
    ) -> None:
        options: dict[str, Any] = {"global_clipnorm": global_clipnorm}
        if hasattr(_Optimizer, "apply"):
            options["learning_rate"] = 0.0
            options["loss_scale_factor"] = optimizers[0].loss_scale_factor
        _Optimizer.__init__(self, name=name, **options)
        self._inner_optimizers = list(optimizers)
        self._groups = tuple(groups)
        self._keys: tuple[Any, ...] = ()

    @property
    def optimizers(self) -> list[Any]:
        """The optimizers of the groups."""
        return list(self._inner_optimizers)

    @property
    def variables(self) -> list[Any]:
        """The variables of all optimizers."""
        inner = [v for o in self._inner_optimizers for v in o.variables]
        return [*self._variables, *inner]

    def build(self, variables: Iterable[Any]) -> None:
        """Makes the variables of all optimizers.

        Raises:
          ValueError: if the model had another number of trainable variables
            when its groups were chosen.
        """
        if self._keys:
            return
        variables = list(variables)
        if len(variables) != len(self._groups):
            raise ValueError(
                f"the model must have the {len(self._groups)} trainable "
                "variables that it had when its optimizer was made; got "
                f"{len(variables)}. Call layer_wise again; if the file of a "
                "model has the optimizer, load it with compile=False first."
            )
        for number, optimizer in enumerate(self._inner_optimizers):
            optimizer.build(_members(variables, self._groups, number))
        _Optimizer.build(self, variables)
        self._keys = tuple(map(self._var_key, variables))

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Updates the variables; Keras 3 calls this."""
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        self._apply(list(zip(grads, trainable_variables, strict=True)))

    def apply_gradients(
        self,
        grads_and_vars: Any,
        name: str | None = None,
        skip_gradients_aggregation: bool = False,
    ) -> Any:
        """Updates the variables; custom loops and tf_keras call this."""
        pairs, options = list(grads_and_vars), {}
        if hasattr(self, "aggregate_gradients"):  # tf_keras
            if not skip_gradients_aggregation:
                pairs = self.aggregate_gradients(pairs)
            options["skip_gradients_aggregation"] = True
        self._apply(pairs, **options)
        return self._iterations

    def _apply(self, pairs: list[tuple[Any, Any]], **options: bool) -> None:
        variables = [variable for _, variable in pairs]
        self.build(variables)
        groups = self._groups_of(variables)
        # Those that are frozen have no share in the norm.
        gradients = self._clip_gradients(
            [
                None if group == FROZEN else gradient
                for (gradient, _), group in zip(pairs, groups, strict=True)
            ]
        )
        clipped = list(zip(gradients, variables, strict=True))
        for number, optimizer in enumerate(self._inner_optimizers):
            own = _members(clipped, groups, number)
            if any(gradient is not None for gradient, _ in own):
                optimizer.apply_gradients(own, **options)
            else:  # All groups stay at the same step.
                counter_of(optimizer).assign_add(1)
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Any) -> None:
        """Puts moving averages into the variables; `fit` ends with this."""
        groups = self._groups_of(var_list)
        for number, optimizer in enumerate(self._inner_optimizers):
            own = _members(var_list, groups, number)
            optimizer.finalize_variable_values(own)

    def _groups_of(self, variables: Iterable[Any]) -> list[int]:
        """The number of the optimizer of each variable, or -1."""
        group_of = dict(zip(self._keys, self._groups, strict=True))
        groups = []
        for variable in variables:
            key = self._var_key(variable)
            if key not in group_of:
                raise ValueError(
                    "the variables must be those that the model trained when "
                    f"its optimizer was made; got another, {variable.name!r}. "
                    "Call layer_wise after you set what is trainable."
                )
            groups.append(group_of[key])
        return groups

    def exclude_from_weight_decay(self, *args: Any, **options: Any) -> None:
        """Calls the method of that name of every optimizer."""
        for optimizer in self._inner_optimizers:
            # tf_keras refuses a built one, although it only reads this later.
            is_built = vars(optimizer).get("_built")
            optimizer._built = False
            optimizer.exclude_from_weight_decay(*args, **options)
            optimizer._built = is_built

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Assigns to all variables, in the order of `variables`."""
        for variable, value in zip(self.variables, weights, strict=True):
            variable.assign(value)

    @property
    def learning_rate(self) -> Any:
        """The rate of the last optimizer, which callbacks of Keras log.

        Raises:
          AttributeError: if it is assigned.
        """
        return self._inner_optimizers[-1].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(
            f"learning_rate must be assigned to each optimizer of {self.name}; "
            f"got {value!r} for all {len(self.optimizers)}. Use "
            "optimizer.optimizers, or lower all rates with ReduceOnPlateau."
        )

    def get_config(self) -> dict[str, Any]:
        """The configs of the optimizers, and the groups."""
        return {
            "optimizers": [
                tf.keras.optimizers.serialize(o) for o in self.optimizers
            ],
            "groups": list(self._groups),
            "global_clipnorm": self.global_clipnorm,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "GroupedOptimizer":
        """The optimizer that a config describes."""
        optimizers = [
            tf.keras.optimizers.deserialize(c, custom_objects=custom_objects)
            for c in config["optimizers"]
        ]
        return cls(**config | {"optimizers": optimizers})


def _members(
    values: Sequence[Any], groups: Sequence[int], number: int
) -> list[Any]:
    """The values of one group."""
    pairs = zip(values, groups, strict=True)
    return [value for value, group in pairs if group == number]
