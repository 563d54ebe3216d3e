"""`camlode runs`, `rejects`, `current` and `delete-run`: the runs in a store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import CHECK_FAILED, RowFormatOption, RunArgument, Store
from camlode.pipeline.commands.output import print_rows

if TYPE_CHECKING:
    from camlode.sql import PatternStore, Row

app = typer.Typer()

RUN_COLUMNS = (
    "run",
    "status",
    "current",
    "model",
    "corpus",
    "method",
    "started",
    "ended",
    "shards",
    "done_shards",
    "failed_shards",
    "documents_read",
    "documents_rejected",
)


@app.command()
def runs(store: Store, output_format: RowFormatOption = "table") -> None:
    """List the runs of a store, their progress and failed shards."""
    from camlode.pipeline.display.sanitize import sanitize
    from camlode.sql import PatternStore

    pattern_store = PatternStore(store)
    rows, failed = pattern_store.rows("runs"), pattern_store.rows("shards", state="failed")
    for row in rows:
        row["failures"] = [shard for shard in failed if shard["run"] == row["run"]]
    print_rows(rows, RUN_COLUMNS, output_format, empty_message="the store has no run yet")
    if output_format == "table":
        for shard in failed:
            shard_range = f"{shard['file']}, {shard['unit']} {shard['start']} to {shard['stop']}"
            typer.echo(
                sanitize(f"run {shard['run']}, shard {shard['number']} failed ({shard_range}): {shard['error']}")
            )


@app.command()
def rejects(
    store: Store,
    run: RunArgument,
    reason: Annotated[Optional[str], typer.Option(metavar="REASON", help="Only this reason.")] = None,
    output_format: RowFormatOption = "table",
) -> None:
    """List the records that a run rejected, and why."""
    from camlode.pipeline.runs.rejects import COLUMNS, read_rejects
    from camlode.sql import PatternStore

    rows = read_rejects(PatternStore(store), run, reason)
    empty_message = "no record was rejected" + (f" as {reason}" if reason else "")
    print_rows(rows, COLUMNS, output_format, empty_message=empty_message)


@app.command()
def current(
    store: Store,
    run: Annotated[Optional[int], typer.Argument(metavar="RUN", help="Make this published run current.")] = None,
) -> None:
    """Print the number of the current run, or choose another.

    The current run is the one that queries read by default.
    """
    from camlode.sql import PatternStore, mask_password

    pattern_store = PatternStore(store)
    if run is None:
        typer.echo(_current_run(pattern_store, store))
        return
    pattern_store.run(run)
    pattern_store.make_current(run)
    info(f"run {run} is now the current run of {mask_password(store)}")


@app.command()
def delete_run(
    store: Store,
    run: RunArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; required without a terminal.")] = False,
) -> None:
    """Delete a run with its patterns and examples.

    Reviews are kept. Asks for confirmation, and exits with 1 if the answer is no.
    """
    from camlode.sql import PatternStore, mask_password

    pattern_store = PatternStore(store)
    row = pattern_store.run(run)
    if not yes and not _confirm_deletion(row, mask_password(store)):
        info(f"run {run} was not deleted")
        raise typer.Exit(CHECK_FAILED)
    pattern_store.delete_run(run)
    info(
        f"deleted run {run} of {mask_password(store)}; its log and its shards' results remain in {row['folder']} and "
        "are no longer needed"
    )


def _current_run(store: PatternStore, address: str) -> int:
    from camlode.sql import mask_password

    for row in store.rows("runs"):
        if row["current"]:
            return int(row["run"])
    raise CamlodeError(f"{mask_password(address)}: no run is current: choose one with camlode current STORE RUN")


def _confirm_deletion(row: Row, store: str) -> bool:
    if not sys.stdin.isatty():
        raise CamlodeError(f"run {row['run']} was not deleted: there is no terminal to ask on; add --yes to delete it")
    from camlode.pipeline.display.sanitize import sanitize

    what = f"run {row['run']} of {store} ({row['status']}; {row['model']}, {row['corpus']}, {row['method']})"
    return typer.confirm(f"Delete {sanitize(what)}? This cannot be undone.", err=True)
