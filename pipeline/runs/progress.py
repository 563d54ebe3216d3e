"""The progress display of a job: a bar on a terminal, plain lines elsewhere."""

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
    """Shows a job's progress on `console` while its context is open."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._documents = self._rejects = self._done = self._resumed_shards = self._shards = 0
        self._start_time = self._last_line_time = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("shards, {task.fields[numbers]},"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._task = self._bar.add_task("starting", total=None, numbers="no documents yet") if self._bar else None

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
        """Print the target layers, the padding of batches, and how many shards an earlier process finished."""
        self._shards = shards
        self._done = self._resumed_shards = done
        self._start_time = self._last_line_time = time.monotonic()
        score = (
            "the output itself" if model_info.activation == "linear" else f"the input of the {model_info.activation}"
        )
        self._console.print(
            f"explaining {', '.join(model_info.layers)}; the score is {score}; {model_info.padding}", markup=False
        )
        if done:
            self._console.print(f"resuming: {done:,} of {shards:,} shards are done", markup=False)
        self._update("mining")

    def on_shard(self, outcome: Success | Failure) -> None:
        """Count a shard; prints the reason of a failure."""
        self._done += 1
        if isinstance(outcome, Failure):
            shard_range = (
                f"{outcome.shard.file.path}, {outcome.shard.unit} {outcome.shard.start} to {outcome.shard.stop}"
            )
            self._console.print(f"shard failed: {shard_range}: {outcome.reason}", markup=False)
        else:
            self._documents += outcome.done.counts.read
            self._rejects += outcome.done.counts.rejected.total()
        self._update("mining")

    def on_merge(self) -> None:
        """Show that fragments are being merged."""
        self._update("merging")

    def on_match(self) -> None:
        """Show that patterns are being matched."""
        self._update("matching")

    def _update(self, doing: str) -> None:
        now = time.monotonic()
        rate = self._documents / max(now - self._start_time, 1e-9)
        numbers = f"{self._documents:,} documents, {rate:,.0f} per second, {self._rejects:,} rejects"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=doing, completed=self._done, total=self._shards, numbers=numbers)
        elif doing != "mining" or now - self._last_line_time >= _SECONDS_BETWEEN_LINES:
            self._last_line_time = now
            seconds_left = (
                (now - self._start_time) / max(self._done - self._resumed_shards, 1) * (self._shards - self._done)
            )
            self._console.print(f"{doing}: {self._done}/{self._shards} shards, {numbers}, {seconds_left:,.0f} s left")
