"""The log of a run, run.log: one line of JSON for each attempt at a shard."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.workers import Success

if TYPE_CHECKING:
    from camlode.pipeline.stages.work_folder import WorkFolder
    from camlode.workers import Failure, Update

LOG_NAME = "run.log"

_LOG = logging.getLogger(__name__)


class RunLog:
    """Writes `run.log` in a run's folder: line by line on a disk, at the end on storage without appends."""

    def __init__(self, folder: WorkFolder) -> None:
        self._folder = folder
        with folder.wrap_write_errors():
            self._file = (
                None if "://" in folder.address else (Path(folder.address) / LOG_NAME).open("a", encoding="utf-8")
            )
        self._buffered: list[str] = []

    def record(self, update: Update) -> None:
        """Add a line for each attempt that has ended."""
        lines = [json.dumps(_to_log_line(outcome), ensure_ascii=False) + "\n" for outcome in update.ended]
        for line in lines:
            _LOG.debug("%s", line.rstrip())
        if self._file is None:
            self._buffered += lines
        elif lines:
            with self._folder.wrap_write_errors():
                self._file.writelines(lines)
                self._file.flush()

    def close(self) -> None:
        """Write the buffered lines, and close the file."""
        if self._file is not None:
            with self._folder.wrap_write_errors():
                self._file.close()
        elif self._buffered:
            self._folder.write("", LOG_NAME, self._read_existing() + "".join(self._buffered).encode())

    def _read_existing(self) -> bytes:
        """Read the lines that an earlier process wrote for this run."""
        if self._folder.size("", LOG_NAME) is None:
            return b""
        with self._folder.open("", LOG_NAME) as file:
            return bytes(file.read())


def _to_log_line(outcome: Success | Failure) -> dict[str, Any]:
    shard = outcome.shard
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "shard": shard.number,
        "file": shard.file.path,
        shard.unit: [shard.start, shard.stop],
        "attempt": outcome.attempts,
    }
    if not isinstance(outcome, Success):
        return line | {"state": "pending" if outcome.will_retry else "failed", "error": outcome.reason}
    done = outcome.done
    return line | {
        "state": "done",
        "documents": done.counts.read,
        "rejects": done.counts.rejected.total(),
        "batches": done.stats.batches,
        "worker": done.stats.worker,
        "seconds": {stage: round(seconds, 4) for stage, seconds in done.seconds.items()},
    }
