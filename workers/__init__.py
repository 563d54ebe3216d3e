"""Everything that knows Ray: the cluster, the attributors pinned to its GPUs, the tasks on its CPUs."""

from __future__ import annotations

from workers.cluster import Resources, joined_cluster
from workers.schedule import Failure, Outcome, WorkerPool

__all__ = ["Failure", "Outcome", "Resources", "WorkerPool", "joined_cluster"]
