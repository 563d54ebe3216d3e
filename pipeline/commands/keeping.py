"""Commands about the runs in a store: what became of each, which is current, which can go."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from config.errors import CamlodeError
from pipeline.commands.options import Format, Run, Store, TableFormat, print_rows
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from sql import PatternStore, Row

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
def runs(store: Store, output_format: Format = TableFormat.TABLE) -> None:
    """Lists the runs of a store: what each is of, how far it is, and which shards have failed."""
    from pipeline.views.visible import sanitize
    from sql import PatternStore

    pattern_store = PatternStore(store)
    rows, failed = pattern_store.rows("runs"), pattern_store.rows("shards", state="failed")
    for row in rows:
        row["failures"] = [shard for shard in failed if shard["run"] == row["run"]]
    print_rows(rows, RUN_COLUMNS, output_format, empty_message="the store has no run yet")
    if output_format is TableFormat.TABLE:
        for shard in failed:
            place = f"{shard['file']}, {shard['unit']} {shard['start']} to {shard['stop']}"
            typer.echo(sanitize(f"run {shard['run']}, shard {shard['number']} failed ({place}): {shard['error']}"))


@app.command()
def rejects(
    store: Store,
    run: Run,
    reason: Annotated[Optional[str], typer.Option(help="Only those with this reason.")] = None,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Prints the records that a run rejected: which, where, why, and how their text begins."""
    from pipeline.runs.rejects import COLUMNS, read_rejects
    from sql import PatternStore

    found = read_rejects(PatternStore(store), run, reason)
    print_rows(
        found, COLUMNS, output_format, empty_message="no record was rejected" + (f" as {reason}" if reason else "")
    )


@app.command()
def current(
    store: Store,
    run: Annotated[Optional[int], typer.Argument(metavar="[RUN]", help="The run to make so.")] = None,
) -> None:
    """Prints the number of the run that readers see, or makes another published run that one."""
    from sql import PatternStore, mask_password

    pattern_store = PatternStore(store)
    if run is None:
        typer.echo(_current_run(pattern_store, store))
        return
    _find_run(pattern_store, run)
    pattern_store.make_current(run)
    info(f"run {run} is now the current one of {mask_password(store)}")


@app.command()
def delete_run(
    store: Store,
    run: Run,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; needed where nobody can be asked.")] = False,
) -> None:
    """Deletes a run with its patterns and examples; reviews stay.

    Asks first. Ends with 1 where the answer is no.
    """
    from sql import PatternStore, mask_password

    pattern_store = PatternStore(store)
    row = _find_run(pattern_store, run)
    if not yes and not _confirm_deletion(row, mask_password(store)):
        info(f"run {run} stays")
        raise typer.Exit(1)
    pattern_store.delete_run(run)
    info(
        f"deleted run {run} of {mask_password(store)}; its log and its shards' results remain in {row['folder']}, which "
        "nothing else needs"
    )


def _confirm_deletion(row: Row, store: str) -> bool:
    if not sys.stdin.isatty():
        raise CamlodeError(f"run {row['run']} was not deleted, since nobody can be asked here: add --yes to delete it")
    from pipeline.views.visible import sanitize

    what = f"run {row['run']} of {store} ({row['status']}; {row['model']}, {row['corpus']}, {row['method']})"
    return typer.confirm(f"Delete {sanitize(what)}? It cannot be brought back.", err=True)


def _current_run(store: PatternStore, address: str) -> int:
    from sql import mask_password

    for row in store.rows("runs"):
        if row["current"]:
            return int(row["run"])
    raise CamlodeError(f"{mask_password(address)}: no run is current: camlode current STORE RUN makes one so")


def _find_run(store: PatternStore, run: int) -> Row:
    for row in store.rows("runs"):
        if row["run"] == run:
            return row
    raise CamlodeError(f"there is no run {run}: camlode runs lists them")
