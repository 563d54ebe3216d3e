"""Everything that knows Ray: the cluster, the attributors pinned to its GPUs, the tasks on its CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camlode.workers.cluster import Resources, join_cluster, timeline
    from camlode.workers.failures import Failure, Success, Update
    from camlode.workers.metrics import RunMetrics
    from camlode.workers.scheduler import WorkerPool

__all__ = ["Failure", "Resources", "RunMetrics", "Success", "Update", "WorkerPool", "join_cluster", "timeline"]

_HOMES = {
    "cluster": ("Resources", "join_cluster", "timeline"),
    "metrics": ("RunMetrics",),
    "failures": ("Failure", "Success", "Update"),
    "scheduler": ("WorkerPool",),
}


def __getattr__(name: str) -> Any:
    # Looked up when asked for: an attributor's process starts without what the driver and the tasks need.
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"camlode.workers.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
