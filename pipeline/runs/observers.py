"""Who follows a run as it goes on: the ledger, the log, the metrics, and whoever looks at a terminal."""

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
    """Who is told how a job is going."""

    def on_start(self, model_info: ModelInfo, shards: int, done: int) -> None:
        """The model is loaded; of so many shards some were done before, the others are about to be read."""

    def on_shard(self, outcome: Success | Failure) -> None:
        """One more shard is done, or has failed."""

    def on_merge(self) -> None:
        """All shards are through; their fragments are being merged."""

    def on_match(self) -> None:
        """The best fragments are known; where they occur in the corpus is being looked up."""


class Observers:
    """Tells everyone; the ledger first, since what it doesn't know hasn't happened.

    `stages` are the seconds that were taken, by stage and summed over all processes; `documents` were read in them, but
    for the stage "match", which reads all of the corpus again.
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
        """Passes on what has happened."""
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
        """All shards are through."""
        if self._progress is not None:
            self._progress.on_merge()

    def on_match(self) -> None:
        """The best fragments are known."""
        if self._progress is not None:
            self._progress.on_match()

    def record_match_seconds(self, seconds: float) -> None:
        """Matching them has taken so many seconds, of all processes."""
        self.stages.update({"match": seconds})
        self._metrics.add_seconds("match", seconds)
