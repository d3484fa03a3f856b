"""Agreement of all the workers of a job on their schedule and its edits."""

import hashlib
import json
import struct
from typing import Any

import tensorflow as tf

from tf_schedules.core import Schedule, own_schedule, serialization

_PROBES = [*range(16), *(2**power for power in range(4, 52))]
# 16 bits per integer, so that a sum over 32767 replicas still fits an int32.
_PARTS = 8


def _digest(data: bytes) -> list[int]:
    digest = hashlib.sha256(data).digest()
    return [*struct.unpack(f">{_PARTS}H", digest[: 2 * _PARTS])]


def assert_same_on_all_workers(schedule: Schedule) -> None:
    """Compares the schedule with that of every other worker of the strategy.

    ```
    digests = sha256(config), sha256(rates at 64 steps)
    all_reduce_sum(digests) == digests * replicas
    ```

    Run this check when a job starts and after hyperparameters change; it costs
    one all-reduce of 64 bytes. Call it on every worker, in the scope of the
    strategy, outside replicas; without a strategy nothing can differ.

    Args:
      schedule: the schedule of this worker.

    Raises:
      TypeError: if `schedule` is not a schedule of this package.
      RuntimeError: if it is called inside replicas, or outside the scope in a
        job of several workers.
      ValueError: if the schedules differ, on every worker whose own differs
        from the mean.

    >>> from tf_schedules import CosineDecay
    >>> assert_same_on_all_workers(CosineDecay(0.1, 1000))

    Source: the definition.
    """
    own_schedule("schedule", schedule)
    config = json.dumps(serialization.serialize(schedule), sort_keys=True)
    rates = tf.io.serialize_tensor(schedule(tf.constant(_PROBES, tf.int64)))
    own = _digest(config.encode()) + _digest(rates.numpy())
    total, replicas, _ = _sum(own)
    same = [t == replicas * o for t, o in zip(total, own, strict=True)]
    if not all(same):
        what = "rates" if all(same[:_PARTS]) else "configs"
        raise ValueError(
            f"schedule must be the same on all workers; their {what} differ, "
            f"and this worker has {config}. Give every worker the same "
            "arguments, and assign its variables on every worker."
        )


def agree_on_factor(factor: float | None = None) -> float | None:
    """The factor that one worker proposes, returned on every worker.

    It synchronizes the edits of an Adjustable, which reach one worker before
    the others. All workers call it at the same step, such as every 100th:

    ```
    factor = agree_on_factor(heard)  # None where nothing was heard
    if factor is not None:
      schedule.scale_from(step, factor)
    ```

    It waits for every worker and costs one all-reduce of 24 bytes. Call it in
    the scope of the strategy, outside replicas.

    Args:
      factor: this worker's proposal: a finite number of at least 0, or None.

    Returns:
      The exact factor, or None if no worker proposes one.

    Raises:
      RuntimeError: if it is called inside replicas, or outside the scope in a
        job of several workers.
      ValueError: on every worker, if one proposes anything else, or if several
        propose.

    >>> agree_on_factor(0.5)
    0.5

    Source: the definition.
    """
    own = [0] * 6
    if factor is not None:
        is_factor = _is_factor(factor)
        number = struct.pack("<d", float(factor) if is_factor else 0.0)
        own = [1, int(not is_factor), *struct.unpack("<4H", number)]
    total, _, local = _sum(own)
    count, bad, *parts = (number // local for number in total)
    # All workers raise, because one that raised alone would leave the others
    # waiting.
    if bad:
        got = f"{factor!r}" if own[1] else "something else from another worker"
        raise ValueError(
            f"factor must be a finite number of at least 0, or None; got {got}."
            " Propose the number to multiply the rate by, such as 0.5."
        )
    if count > 1:
        raise ValueError(
            f"factor must be proposed by one worker at a time; got {count} "
            "proposals. Let only one worker receive edits, such as the chief."
        )
    if not count:
        return None
    return struct.unpack("<d", struct.pack("<4H", *parts))[0]


def _is_factor(factor: Any) -> bool:
    try:
        return 0.0 <= float(factor) < float("inf")
    except (TypeError, ValueError):
        return False


def _sum(numbers: list[int]) -> tuple[list[int], int, int]:
    """The sum over replicas, their number, and the number on this worker."""
    if not tf.distribute.in_cross_replica_context():
        if tf.distribute.has_strategy():
            raise RuntimeError(
                "comparisons of all workers must be called outside replicas; "
                "got a call inside strategy.run. Call it before."
            )
        cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver()
        tasks = cluster.cluster_spec().as_dict()
        if sum(map(len, tasks.values())) > 1:
            raise RuntimeError(
                "comparisons of all workers must be called in the scope of "
                "their strategy; got a call outside it, on one of several "
                "workers. Call it inside strategy.scope()."
            )
        return numbers, 1, 1
    strategy = tf.distribute.get_strategy()
    values = strategy.experimental_distribute_values_from_function(
        lambda _: tf.constant(numbers, tf.int32)
    )
    total = strategy.reduce("SUM", values, axis=None)
    local = len(strategy.experimental_local_results(values))
    return total.numpy().tolist(), strategy.num_replicas_in_sync, local
