"""How a job is going: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from camlode.workers import Failure, Success

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from camlode.pipeline.models.classifier import ModelInfo

_SECONDS_BETWEEN_LINES = 10.0


class MineProgress:
    """Shows a job's progress on `console`; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._documents = self._rejects = self._done = self._resumed_shards = self._shards = 0
        self._start_time = self._last_line_time = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("shards, {task.fields[talk]},"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._task = self._bar.add_task("starting", total=None, talk="no documents yet") if self._bar else None

    def __enter__(self) -> MineProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on_start(self, model_info: ModelInfo, shards: int, done: int) -> None:
        """Says which layers are explained, how batches are padded, and what an earlier process has done."""
        self._shards = shards
        self._done = self._resumed_shards = done
        self._start_time = self._last_line_time = time.monotonic()
        score = (
            "the output itself" if model_info.activation == "linear" else f"what goes into the {model_info.activation}"
        )
        self._console.print(
            f"explaining {', '.join(model_info.layers)}; the score is {score}; {model_info.padding}", markup=False
        )
        if done:
            self._console.print(f"going on: {done:,} of {shards:,} shards were done before", markup=False)
        self._update("mining")

    def on_shard(self, outcome: Success | Failure) -> None:
        """Counts one more shard."""
        self._done += 1
        if isinstance(outcome, Failure):
            place = f"{outcome.shard.file.path}, {outcome.shard.unit} {outcome.shard.start} to {outcome.shard.stop}"
            self._console.print(f"shard failed: {place}: {outcome.reason}", markup=False)
        else:
            self._documents += outcome.done.counts.read
            self._rejects += outcome.done.counts.rejected.total()
        self._update("mining")

    def on_merge(self) -> None:
        """Says that all shards are through."""
        self._update("merging")

    def on_match(self) -> None:
        """Says that the best fragments are being matched in the corpus."""
        self._update("matching")

    def _update(self, doing: str) -> None:
        now = time.monotonic()
        rate = self._documents / max(now - self._start_time, 1e-9)
        talk = f"{self._documents:,} documents, {rate:,.0f} a second, {self._rejects:,} rejects"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=doing, completed=self._done, total=self._shards, talk=talk)
        elif doing != "mining" or now - self._last_line_time >= _SECONDS_BETWEEN_LINES:
            self._last_line_time = now
            left = (now - self._start_time) / max(self._done - self._resumed_shards, 1) * (self._shards - self._done)
            self._console.print(f"{doing}: {self._done}/{self._shards} shards, {talk}, {left:,.0f} s left")
