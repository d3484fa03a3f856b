"""A check that the replicas of a strategy share one step counter."""

import tensorflow as tf


def check_counter(step: object) -> None:
    """Refuses the counter of an optimizer that the strategy does not know.

    Each replica adds 1 to a Keras 3 counter that was made outside the
    strategy's scope, so with N replicas a schedule would run N times too fast.

    Args:
      step: the argument that a schedule is called with.

    Raises:
      ValueError: if it is such a counter, in one of several replicas.
    """
    # Only an optimizer's counter matters; users' own may live outside.
    if getattr(step, "name", None) != "iteration":
        return
    counter = getattr(step, "_value", None)  # inside a Keras 3 variable
    if not isinstance(counter, tf.Variable):
        return
    if tf.distribute.in_cross_replica_context():
        return
    strategy = tf.distribute.get_strategy()
    if strategy.num_replicas_in_sync < 2:
        return
    # Replicas in other processes have their own counters.
    replicas = len(strategy.extended.worker_devices)
    if replicas < 2:
        return
    if not strategy.extended.variable_created_in_scope(counter):
        raise ValueError(
            "step must be a counter of the strategy that trains; got the "
            "counter of an optimizer made outside it, to which each of "
            f"{replicas} replicas would add 1. Create the optimizer inside "
            "strategy.scope()."
        )
