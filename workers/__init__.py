"""Everything that knows Ray: the cluster, the attributors pinned to its GPUs, the tasks on its CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.cluster import Resources, joined_cluster, timeline
    from workers.metrics import RunMetrics
    from workers.outcomes import Failure, Outcome, Turn
    from workers.schedule import WorkerPool

__all__ = ["Failure", "Outcome", "Resources", "RunMetrics", "Turn", "WorkerPool", "joined_cluster", "timeline"]

_HOMES = {
    "cluster": ("Resources", "joined_cluster", "timeline"),
    "metrics": ("RunMetrics",),
    "outcomes": ("Failure", "Outcome", "Turn"),
    "schedule": ("WorkerPool",),
}


def __getattr__(name: str) -> Any:
    # Looked up when asked for: an attributor's process starts without what the driver and the tasks need.
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"workers.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
