"""Receivers of a run's progress: the ledger, the log, the metrics, and the progress display."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, Self

from camlode.pipeline.runs.log import RunLog
from camlode.workers import Failure, RunMetrics, Success

if TYPE_CHECKING:
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.runs.start import ActiveRun
    from camlode.workers import Update


class Progress(Protocol):
    """A display of a job's progress."""

    def on_start(self, model_info: ModelInfo, shards: int, done: int) -> None:
        """The model is loaded; `done` of the `shards` were finished by an earlier process."""

    def on_shard(self, outcome: Success | Failure) -> None:
        """A shard has succeeded, or has failed after all attempts."""

    def on_merge(self) -> None:
        """All shards have ended; their fragments are being merged."""

    def on_match(self) -> None:
        """The best patterns are known; they are being matched in the corpus."""


class Observers:
    """Passes updates on: first to the ledger, since a shard counts as finished only once the store has it.

    `stages`: seconds by stage, summed over all processes. `documents`: the number of documents that these read, except
    "match", which reads the whole corpus again.
    """

    def __init__(self, active_run: ActiveRun, model_info: ModelInfo, progress: Progress | None) -> None:
        self.stages: Counter[str] = Counter()
        self.documents = 0
        self._ledger = active_run.ledger
        self._log = RunLog(active_run.context.folder)
        self._metrics = RunMetrics(active_run.run)
        self._progress = progress
        if progress is not None:
            progress.on_start(model_info, len(active_run.ledger), len(active_run.ledger.done_partials()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()

    def record(self, update: Update) -> None:
        """Pass an update on to all observers."""
        self._ledger.record(update)
        self._log.record(update)
        self._metrics.record(update, self._ledger.states)
        for outcome in update.ended:
            if isinstance(outcome, Success):
                self.stages.update(outcome.done.seconds)
                self.documents += outcome.done.counts.read
            if self._progress is not None and not (isinstance(outcome, Failure) and outcome.will_retry):
                self._progress.on_shard(outcome)

    def on_merge(self) -> None:
        """Pass on that all shards have ended."""
        if self._progress is not None:
            self._progress.on_merge()

    def on_match(self) -> None:
        """Pass on that the best patterns are being matched."""
        if self._progress is not None:
            self._progress.on_match()

    def record_match_seconds(self, seconds: float) -> None:
        """Add the seconds of the stage "match", summed over all processes."""
        self.stages.update({"match": seconds})
        self._metrics.add_seconds("match", seconds)
