"""Whether all the workers of a job train with the same schedule."""

import hashlib
import json

import tensorflow as tf

from tf_schedules import serialization
from tf_schedules.schedule import Schedule

_PROBES = [*range(16), *(2**power for power in range(4, 52))]
# 16 bits an integer, whose sum over 32767 replicas is still an int32.
_PARTS = 8


def _digest(data: bytes) -> list[int]:
    digest = hashlib.sha256(data).digest()
    return [
        int.from_bytes(digest[2 * i : 2 * i + 2], "big") for i in range(_PARTS)
    ]


def assert_same_on_all_workers(schedule: Schedule) -> None:
    """Compares the schedule with that of every other worker of the strategy.

    ```
    digests = sha256(config), sha256(rates at 64 steps)
    all_reduce_sum(digests) == digests * replicas
    ```

    A check for the start of a job, and for after a change of hyperparameters:
    one all-reduce of 64 bytes. Call it in the scope of the strategy, on every
    worker, outside of replicas; without a strategy nothing can differ.

    Args:
      schedule: the schedule of this worker.

    Raises:
      RuntimeError: if it is called inside of replicas.
      ValueError: if the schedules are not all the same, on every worker whose
        own differs from the others' mean.

    >>> from tf_schedules import CosineDecay
    >>> assert_same_on_all_workers(CosineDecay(0.1, 1000))

    Source: the definition.
    """
    if not tf.distribute.in_cross_replica_context():
        if tf.distribute.has_strategy():
            raise RuntimeError(
                "assert_same_on_all_workers must be called outside of "
                "replicas; got a call inside of strategy.run. Call it before."
            )
        return
    config = json.dumps(serialization.serialize(schedule), sort_keys=True)
    rates = tf.io.serialize_tensor(schedule(tf.constant(_PROBES, tf.int64)))
    own = _digest(config.encode()) + _digest(rates.numpy())
    strategy = tf.distribute.get_strategy()

    @tf.function(autograph=False)
    def digests():
        return strategy.run(lambda: tf.constant(own, tf.int32))

    total = strategy.reduce("SUM", digests(), axis=None).numpy()
    replicas = strategy.num_replicas_in_sync
    same = [t == replicas * o for t, o in zip(total, own, strict=True)]
    if not all(same):
        what = "rates" if all(same[:_PARTS]) else "configs"
        raise ValueError(
            f"schedule must be the same on all workers; their {what} differ, "
            f"and this worker has {config}. Give every worker the same "
            "arguments, and assign its variables on every worker."
        )
