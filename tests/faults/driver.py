"""`driver.py FAULT ARGUMENTS…` is `camlode ARGUMENTS…` with scripted workers and one of FAULTS."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import cluster_faults
import ray
import scripted_worker

import camlode.workers.scheduler
from camlode.pipeline.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

DONE_BEFORE = 3
"""Shards done in the ledger when the driver dies with one more partial written."""


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def between_partial_and_ledger() -> None:
    from camlode.pipeline.runs.ledger import RunLedger
    from camlode.workers import Success

    record = RunLedger.record

    def record_or_die(ledger: RunLedger, update: Any) -> None:
        if any(isinstance(each, Success) for each in update.ended) and len(ledger.done_partials()) >= DONE_BEFORE:
            die()
        record(ledger, update)

    RunLedger.record = record_or_die  # type: ignore[method-assign]


def between_ledger_and_publish() -> None:
    from camlode.sql import PatternStore

    PatternStore.publish = die  # type: ignore[method-assign]


def during_publish() -> None:
    """Die with all rows written and none committed."""
    from camlode.sql import writes

    writes._complete = die


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "between-partial-and-ledger": between_partial_and_ledger,
    "between-ledger-and-publish": between_ledger_and_publish,
    "during-publish": during_publish,
    "raising-tokenizer": cluster_faults.raising_tokenizer,
    "small-object-store": cluster_faults.small_object_store,
    "workers-of-a-node-killed": cluster_faults.workers_of_a_node_killed,
    "node-removed": cluster_faults.node_removed,
}

if __name__ == "__main__":
    ray.cloudpickle.register_pickle_by_value(scripted_worker)
    ray.cloudpickle.register_pickle_by_value(cluster_faults)
    camlode.workers.scheduler.AttributionActor = scripted_worker.ScriptedWorker  # type: ignore[assignment,misc]
    FAULTS[sys.argv.pop(1)]()
    main()
