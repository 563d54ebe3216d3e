"""All code that uses Ray: the cluster, the workers pinned to its GPUs, the tasks on its CPUs, submitted jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camlode.workers.cluster import Resources, join_cluster, timeline
    from camlode.workers.metrics import RunMetrics
    from camlode.workers.outcomes import Failure, Success, Update
    from camlode.workers.scheduler import WorkerPool

__all__ = ["Failure", "Resources", "RunMetrics", "Success", "Update", "WorkerPool", "join_cluster", "timeline"]

_HOMES = {
    "cluster": ("Resources", "join_cluster", "timeline"),
    "metrics": ("RunMetrics",),
    "outcomes": ("Failure", "Success", "Update"),
    "scheduler": ("WorkerPool",),
}


def __getattr__(name: str) -> Any:
    # Imported on first use: a worker's process starts without the imports of the driver and the tasks.
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"camlode.workers.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
