"""Metrics of a run on Ray's Prometheus endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ray.util.metrics import Counter, Gauge

from camlode.workers.outcomes import Success

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.workers.outcomes import Update


class RunMetrics:
    """Counters of documents, rejects, batches and seconds by stage, and a gauge of shards by state."""

    def __init__(self, run: int) -> None:
        keys = ("run",)
        self._documents = Counter("camlode_documents", "Documents read.", keys)
        self._rejects = Counter("camlode_rejects", "Documents rejected.", keys)
        self._batches = Counter("camlode_batches", "Batches that went through the model.", keys)
        self._seconds = Counter("camlode_stage_seconds", "Seconds of all processes by stage.", ("run", "stage"))
        self._shards = Gauge("camlode_shards", "Shards by state.", ("run", "state"))
        self._run = {"run": str(run)}

    def record(self, update: Update, states: Mapping[str, int]) -> None:
        """Count the attempts that ended; `states`: the number of shards in each state after the update."""
        for outcome in update.ended:
            if isinstance(outcome, Success):
                self._add(outcome)
        for state, shards in states.items():
            self._shards.set(shards, self._run | {"state": state})

    def add_seconds(self, stage: str, seconds: float) -> None:
        """Add seconds of a stage, summed over all processes."""
        if seconds > 0:
            self._seconds.inc(seconds, self._run | {"stage": stage})

    def _add(self, outcome: Success) -> None:
        done = outcome.done
        amounts = {
            self._documents: done.counts.read,
            self._rejects: done.counts.rejected.total(),
            self._batches: done.stats.batches,
        }
        for metric, amount in amounts.items():
            if amount:  # Ray's counters reject an increment of 0
                metric.inc(amount, self._run)
        for stage, seconds in done.seconds.items():
            self.add_seconds(stage, seconds)
