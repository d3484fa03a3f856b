"""Any SavedModel as a schedule."""

import os
from collections.abc import Callable
from typing import Any, final

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
)

from tf_schedules.core import Schedule, path_of


def _is_of_one_step_and_rate(function: Any) -> bool:
    inputs = [*function.structured_input_signature[1].values()]
    outputs = [*function.structured_outputs.values()]
    if len(inputs) != 1 or len(outputs) != 1:
        return False
    (step,), (rate,) = inputs, outputs
    return (
        (step.dtype.is_integer or step.dtype.is_floating)
        and rate.dtype.is_floating
        and (step.shape.rank is None or step.shape.as_list() in ([], [None]))
    )


@final
class SavedModelSchedule(Schedule):
    """Any SavedModel's signature as a learning rate.

    ```
    rate = serving_default(step)
    ```

    It runs the graph in the SavedModel, which can do anything that TensorFlow
    can. A config therefore cannot recreate it: `from_config` refuses.

    Args:
      path: the SavedModel directory. Its signature `serving_default`, or its
        only one, takes one tensor, the step (a scalar or a vector), and
        returns one floating tensor, the rate. A signature that takes whole
        steps drops the fraction of a step.
      name: the name in the config and of the operations; a string or None.

    Raises:
      ValueError: if the SavedModel has no such signature.
      FileNotFoundError: if there is no SavedModel at `path`.

    >>> import tempfile
    >>> class Halving(tf.Module):
    ...     @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    ...     def rate(self, step):
    ...         return 0.5 ** tf.cast(step, tf.float32)
    >>> module, path = Halving(), tempfile.mkdtemp()
    >>> tf.saved_model.save(module, path, signatures=module.rate)
    >>> SavedModelSchedule(path)(2).numpy().item()
    0.25

    Source: https://www.tensorflow.org/guide/saved_model.
    """

    _rate_argument = ""
    _has_config = False

    @classmethod
    def from_config(cls, config):
        """Refuses, so that no config can run the graph in a file.

        Raises:
          ValueError: always.
        """
        raise ValueError(
            "SavedModelSchedule must not be made from a config, which would "
            f"run the graph in {config.get('path')!r}. If you trust it, call "
            "SavedModelSchedule(path)."
        )

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str | None = "SavedModelSchedule",
    ):
        super().__init__(name)
        self.path = os.fspath(path_of(path=path))
        try:
            # Kept alive, because its variables are deleted with it.
            self._saved_model = tf.saved_model.load(self.path)
        except OSError as error:
            raise FileNotFoundError(
                f"path must be a SavedModel directory; got {path}: {error} "
                "Pass one version, with its saved_model.pb."
            ) from error
        signatures = self._saved_model.signatures
        names = sorted(signatures)
        chosen = names if len(names) == 1 else ["serving_default"]
        function = signatures.get(chosen[0])
        if function is None or not _is_of_one_step_and_rate(function):
            raise ValueError(
                f"path must be a SavedModel with a signature of one step and "
                f"one rate; {self.path} has {names or 'none'}. Save it with "
                "signatures={'serving_default': ...}."
            )
        (self._input,) = function.structured_input_signature[1].values()
        (self._output,) = function.structured_outputs.values()
        self._function = function

    def loaded_copy(self, variables: bool) -> "SavedModelSchedule":
        """A copy of the loaded model, even if the file is gone.

        Args:
          variables: whether to keep variables, instead of their current values.

        Raises:
          ValueError: if the model needs its variables.
        """
        copy = object.__new__(type(self))
        Schedule.__init__(copy, self.name)
        copy.path, copy._precision = self.path, self._precision
        copy._input, copy._output = self._input, self._output
        if variables or not self._function.variables:
            copy._saved_model, copy._function = (
                self._saved_model,
                self._function,
            )
            return copy
        copy._saved_model = None
        copy._function = convert_variables_to_constants_v2(self._function)
        if len(copy._function.inputs) != 1:
            raise ValueError(
                "variables must be True for a SavedModel that has state other "
                f"than variables; got False for {self.path}, which has tables "
                "or the like. Export with variables=True."
            )
        return copy

    def _changed(self, change: Callable[[Any], Any]) -> "SavedModelSchedule":
        return self.loaded_copy(variables=True)

    @property
    def _rate_dtype(self) -> tf.DType:
        return self._output.dtype

    def _formula(self, step, path):
        spec, dtype = self._input, step.arithmetic.dtype

        def rate(steps: tf.Tensor) -> tf.Tensor:
            outputs = self._function(**{spec.name: steps})
            (value,) = tf.nest.flatten(outputs)
            return tf.cast(value, dtype)

        whole = spec.dtype.is_integer
        steps = tf.cast(
            step.floor().count if whole else step.real(), spec.dtype
        )
        if spec.shape.rank is None:
            return rate(steps)
        flat = tf.reshape(steps, [-1])
        if spec.shape.rank == 0:
            flat = tf.map_fn(rate, flat, dtype)
        else:
            flat = rate(flat)
        return tf.reshape(flat, tf.shape(steps))
