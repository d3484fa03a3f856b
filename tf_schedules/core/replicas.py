"""Whether the replicas of a strategy count the steps that they train."""

import tensorflow as tf


def check_counter(step: object) -> None:
    """Refuses the counter of an optimizer that the strategy does not know.

    Each replica adds 1 to a counter of Keras 3 that was made outside of the
    strategy's scope, so that a schedule would run as many times too fast.

    Args:
      step: whatever a schedule is called with.

    Raises:
      ValueError: if it is such a counter, in one of several replicas.
    """
    # Only an optimizer's own: who counts otherwise may count outside.
    if getattr(step, "name", None) != "iteration":
        return
    counter = getattr(step, "_value", None)  # inside of Keras 3's variables
    if not isinstance(counter, tf.Variable):
        return
    if tf.distribute.in_cross_replica_context():
        return
    strategy = tf.distribute.get_strategy()
    if strategy.num_replicas_in_sync < 2:
        return
    # Those of other processes have counters of their own.
    replicas = len(strategy.extended.worker_devices)
    if replicas < 2:
        return
    if not strategy.extended.variable_created_in_scope(counter):
        raise ValueError(
            "step must be a counter of the strategy that trains; got that of "
            f"an optimizer made outside of it, to which each of {replicas} "
            "replicas would add 1. Create the optimizer inside "
            "strategy.scope()."
        )
