"""The ledger of a run: the state of each shard, kept in the store so that a run can be resumed."""

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
"""The longest time between two writes. A run without one for sql.ledger.STALE_SECONDS has lost its owner."""


def new_entries(shards: Iterable[Shard]) -> list[LedgerEntry]:
    """Make the ledger of a new run: all shards are pending."""
    return [
        LedgerEntry(each.number, each.id, each.file.path, each.file.size, each.unit, each.start, each.stop)
        for each in shards
    ]


def list_failures(entries: Iterable[LedgerEntry]) -> tuple[Failure, ...]:
    """List the shards that have failed after all attempts."""
    failed = [entry for entry in entries if entry.state == "failed"]
    return tuple(Failure(_to_shard(entry), str(entry.error), attempts=entry.attempts) for entry in failed)


def list_done_shards(entries: Iterable[LedgerEntry]) -> list[Shard]:
    """List the finished shards in corpus order."""
    return sorted((_to_shard(entry) for entry in entries if entry.state == "done"), key=lambda shard: shard.number)


class RunLedger:
    """The ledger of a run that this process owns; every change is written to the store at once.

    `states`: the number of shards in each state.
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
        """List the pending shards."""
        return [_to_shard(entry) for entry in self._list_entries("pending")]

    def done_partials(self) -> list[Partial]:
        """List the partials of the finished shards."""
        return [Partial(str(entry.partial), int(entry.partial_bytes or 0)) for entry in self._list_entries("done")]

    def done_shards(self) -> list[Shard]:
        """List the finished shards in corpus order."""
        return list_done_shards(self._entries.values())

    def failures(self) -> tuple[Failure, ...]:
        """List the shards that have failed after all attempts."""
        return list_failures(self._entries.values())

    def record(self, update: Update) -> None:
        """Write the changes of an update in one transaction."""
        changed = {entry.number: entry for entry in map(self._apply_outcome, update.ended)}
        # A shard may end and start again in one update: the attempt that started comes last.
        for attempt in update.started:
            entry = changed.get(attempt.shard.number, self._entries[attempt.shard.number])
            changed[entry.number] = replace(entry, state="running", attempts=attempt.number)
        if changed:
            self._write_entries([*changed.values()])
        self.heartbeat()

    def heartbeat(self) -> None:
        """Renew this process's claim on the run, if nothing was written for HEARTBEAT_SECONDS."""
        if time.monotonic() - self._last_write > HEARTBEAT_SECONDS:
            self._write_entries([])  # writes the time, and fails if another process has taken the run over

    def reset_to_pending(self, entries: Sequence[LedgerEntry]) -> None:
        """Reset shards to pending so that they are processed again."""
        self._write_entries([replace(entry, state="pending", partial=None, partial_bytes=None) for entry in entries])

    def reset_failed(self) -> None:
        """Reset failed shards to pending."""
        self.reset_to_pending(self._list_entries("failed"))

    def reset_corrupt(self, names: Iterable[str]) -> None:
        """Reset the shards whose partials have these names, because they are missing or corrupt."""
        corrupt = set(names)
        entries = [entry for entry in self._list_entries("done") if entry.partial in corrupt]
        self.reset_to_pending([replace(entry, error="its partial was missing or corrupt") for entry in entries])

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
