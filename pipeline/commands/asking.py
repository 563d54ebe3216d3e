"""Commands that ask a store."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from pipeline.commands.options import Format, Run, RunNumber, Store, TableFormat, print_rows

app = typer.Typer()

PATTERN_COLUMNS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
RUN_COLUMNS = (
    "run",
    "status",
    "current",
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
def query(
    store: Store,
    label: Annotated[Optional[str], typer.Option(help="Patterns of this label only.")] = None,
    top: Annotated[int, typer.Option(help="The first so many patterns of each label.")] = 20,
    contains: Annotated[Optional[str], typer.Option(help="Only fragments that contain this text.")] = None,
    run: RunNumber = None,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Prints the patterns of a run, best first."""
    from sql import PatternStore

    rows = PatternStore(store).rows("patterns", label=label, top=top, contains=contains, run=run)
    print_rows(rows, PATTERN_COLUMNS, output_format, empty="no pattern answers this question")


@app.command()
def runs(store: Store, output_format: Format = TableFormat.TABLE) -> None:
    """Lists the runs of a store: how far each is, and which shards have failed."""
    from sql import PatternStore

    opened = PatternStore(store)
    rows, failed = opened.rows("runs"), opened.rows("shards", state="failed")
    for row in rows:
        row["failures"] = [shard for shard in failed if shard["run"] == row["run"]]
    print_rows(rows, RUN_COLUMNS, output_format, empty="the store has no run yet")
    if output_format is TableFormat.TABLE:
        for shard in failed:
            place = f"{shard['file']}, {shard['unit']} {shard['start']} to {shard['stop']}"
            typer.echo(f"run {shard['run']}, shard {shard['number']} failed ({place}): {shard['error']}")


@app.command()
def rejects(
    store: Store,
    run: Run,
    reason: Annotated[Optional[str], typer.Option(help="Only those with this reason.")] = None,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Prints the records that a run rejected: which, where, why, and how their text begins."""
    from pipeline.runs.rejects import COLUMNS, rejected_records
    from sql import PatternStore

    found = [*rejected_records(PatternStore(store), run, reason)]
    print_rows(found, COLUMNS, output_format, empty="no record was rejected" + (f" as {reason}" if reason else ""))
