"""The shards of a run as the driver sees them: which still have to be done, and what has become of the others."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.pipeline.records import CorpusFile, Shard
from camlode.pipeline.stages.partials import Partial
from camlode.sql import LedgerEntry
from camlode.workers import Failure, Success

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from camlode.pipeline.records import RangeUnit
    from camlode.sql import PatternStore
    from camlode.workers import Update

HEARTBEAT_SECONDS = 10.0
"""How often the store is told at least that this process is still at work."""


def new_entries(shards: Iterable[Shard]) -> list[LedgerEntry]:
    """The ledger of shards of which none has been begun."""
    return [
        LedgerEntry(each.number, each.id, each.file.path, each.file.size, each.unit, each.start, each.stop)
        for each in shards
    ]


def list_failures(entries: Iterable[LedgerEntry]) -> tuple[Failure, ...]:
    """The shards of a ledger that have failed for good."""
    failed = [entry for entry in entries if entry.state == "failed"]
    return tuple(Failure(_to_shard(entry), str(entry.error), attempts=entry.attempts) for entry in failed)


def list_done_shards(entries: Iterable[LedgerEntry]) -> list[Shard]:
    """The shards of a ledger that are done, in the corpus's order."""
    return sorted((_to_shard(entry) for entry in entries if entry.state == "done"), key=lambda shard: shard.number)


class RunLedger:
    """The ledger of a run that this process works at, written to the store as things happen.

    `states`: how many shards are in each state.
    """

    def __init__(self, store: PatternStore, run: int) -> None:
        self.run = run
        self._store = store
        self._entries = {entry.number: entry for entry in store.ledger(run)}
        self._last_write = time.monotonic()
        self.states: Counter[str] = Counter(entry.state for entry in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def pending(self) -> list[Shard]:
        """The shards that have to be done."""
        return [_to_shard(entry) for entry in self._list_entries("pending")]

    def done_partials(self) -> list[Partial]:
        """The partials of the shards that are done."""
        return [Partial(str(entry.partial), int(entry.partial_bytes or 0)) for entry in self._list_entries("done")]

    def done_shards(self) -> list[Shard]:
        """The shards that are done, in the corpus's order."""
        return list_done_shards(self._entries.values())

    def failures(self) -> tuple[Failure, ...]:
        """The shards that have failed for good."""
        return list_failures(self._entries.values())

    def record(self, update: Update) -> None:
        """Writes what has happened in a turn, in one transaction."""
        changed = {entry.number: entry for entry in map(self._apply_outcome, update.ended)}
        for attempt in update.started:
            entry = changed.get(attempt.shard.number, self._entries[attempt.shard.number])
            changed[entry.number] = replace(entry, state="running", attempts=attempt.number)
        if changed:
            self._write_entries([*changed.values()])
        self.heartbeat()

    def heartbeat(self) -> None:
        """Tells the store, if it was not told for a while, that this process is still at work."""
        if time.monotonic() - self._last_write > HEARTBEAT_SECONDS:
            self._write_entries([])

    def reset_to_pending(self, entries: Sequence[LedgerEntry]) -> None:
        """Lets shards wait to be done once more."""
        self._write_entries([replace(entry, state="pending", partial=None, partial_bytes=None) for entry in entries])

    def reset_failed(self) -> None:
        """Lets the failed shards wait to be done once more."""
        self.reset_to_pending(self._list_entries("failed"))

    def reset_corrupt(self, names: Iterable[str]) -> None:
        """Lets shards wait whose partials, of these names, are missing or broken."""
        corrupt = set(names)
        found = [entry for entry in self._list_entries("done") if entry.partial in corrupt]
        self.reset_to_pending([replace(entry, error="its partial was missing or broken") for entry in found])

    def _list_entries(self, state: str) -> list[LedgerEntry]:
        return [entry for entry in self._entries.values() if entry.state == state]

    def _apply_outcome(self, outcome: Success | Failure) -> LedgerEntry:
        entry = replace(self._entries[outcome.shard.number], attempts=outcome.attempts)
        if isinstance(outcome, Failure):
            return replace(entry, state="pending" if outcome.will_retry else "failed", error=outcome.reason)
        done = outcome.done
        return replace(
            entry,
            state="done",
            worker=done.stats.worker,
            seconds=sum(done.seconds.values()),
            documents=done.counts.read,
            rejects=done.counts.rejected.total(),
            partial=done.partial.name,
            partial_bytes=done.partial.size,
        )

    def _write_entries(self, entries: Sequence[LedgerEntry]) -> None:
        self._store.record(self.run, entries)
        for entry in entries:
            self.states[self._entries[entry.number].state] -= 1
            self.states[entry.state] += 1
            self._entries[entry.number] = entry
        self._last_write = time.monotonic()


def _to_shard(entry: LedgerEntry) -> Shard:
    file = CorpusFile(entry.file, entry.file_bytes)
    unit: RangeUnit = "rows" if entry.unit == "rows" else "bytes"
    return Shard(entry.shard, entry.number, file, unit, entry.start, entry.stop)
