"""Who follows a run as it goes on: the ledger, the log, the metrics, and whoever looks at a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, Self

from pipeline.runs.log import RunLog
from workers import Failure, Outcome, RunMetrics

if TYPE_CHECKING:
    from pipeline.models.facts import ModelFacts
    from pipeline.runs.beginning import Begun
    from workers import Turn


class Progress(Protocol):
    """Who is told how a job is going."""

    def started(self, facts: ModelFacts, shards: int, done: int) -> None:
        """The model is loaded; of so many shards some were done before, the others are about to be read."""

    def done(self, outcome: Outcome | Failure) -> None:
        """One more shard is done, or has failed."""

    def merging(self) -> None:
        """All shards are through; their fragments are being merged."""

    def matching(self) -> None:
        """The best fragments are known; where they occur in the corpus is being looked up."""


class Observers:
    """Tells everyone; the ledger first, since what it doesn't know hasn't happened.

    `stages` are the seconds that were taken, by stage and summed over all processes; `documents` were read in them, but
    for the stage "match", which reads all of the corpus again.
    """

    def __init__(self, begun: Begun, facts: ModelFacts, progress: Progress | None) -> None:
        self.stages: Counter[str] = Counter()
        self.documents = 0
        self._ledger = begun.ledger
        self._log = RunLog(begun.context.folder)
        self._metrics = RunMetrics(begun.run)
        self._progress = progress
        if progress is not None:
            progress.started(facts, len(begun.ledger), len(begun.ledger.done()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()

    def note(self, turn: Turn) -> None:
        """Passes on what has happened."""
        self._ledger.note(turn)
        self._log.note(turn)
        self._metrics.note(turn, self._ledger.states)
        for outcome in turn.ended:
            if isinstance(outcome, Outcome):
                self.stages.update(outcome.done.seconds)
                self.documents += outcome.done.counts.read
            if self._progress is not None and not (isinstance(outcome, Failure) and outcome.again):
                self._progress.done(outcome)

    def merging(self) -> None:
        """All shards are through."""
        if self._progress is not None:
            self._progress.merging()

    def matching(self) -> None:
        """The best fragments are known."""
        if self._progress is not None:
            self._progress.matching()

    def matched(self, seconds: float) -> None:
        """Matching them has taken so many seconds, of all processes."""
        self.stages.update({"match": seconds})
        self._metrics.add_seconds("match", seconds)
