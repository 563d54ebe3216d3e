"""Everything that knows Ray: the cluster, the attributors pinned to its GPUs, the tasks on its CPUs."""

from __future__ import annotations

from workers.cluster import Resources, joined_cluster, timeline
from workers.metrics import RunMetrics
from workers.outcomes import Failure, Outcome, Turn
from workers.schedule import WorkerPool

__all__ = ["Failure", "Outcome", "Resources", "RunMetrics", "Turn", "WorkerPool", "joined_cluster", "timeline"]
