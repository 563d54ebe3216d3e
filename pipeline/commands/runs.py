"""Commands about the runs in a store: what became of each, which is current, which can go."""
# MERGED: Commands that keep what people say of patterns.

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import (
    Format,
    Fragment,
    LabelOption,
    Run,
    Store,
    TableFormat,
    login_name,
    print_rows,
)

if TYPE_CHECKING:
    from camlode.sql import PatternStore, Row
    from camlode.sql.records import ReviewStatus

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
    from camlode.pipeline.display.sanitize import sanitize
    from camlode.sql import PatternStore

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
    from camlode.pipeline.runs.rejects import COLUMNS, read_rejects
    from camlode.sql import PatternStore

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
    from camlode.sql import PatternStore, mask_password

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
    from camlode.sql import PatternStore, mask_password

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
    from camlode.pipeline.display.sanitize import sanitize

    what = f"run {row['run']} of {store} ({row['status']}; {row['model']}, {row['corpus']}, {row['method']})"
    return typer.confirm(f"Delete {sanitize(what)}? It cannot be brought back.", err=True)


def _current_run(store: PatternStore, address: str) -> int:
    from camlode.sql import mask_password

    for row in store.rows("runs"):
        if row["current"]:
            return int(row["run"])
    raise CamlodeError(f"{mask_password(address)}: no run is current: camlode current STORE RUN makes one so")


def _find_run(store: PatternStore, run: int) -> Row:
    for row in store.rows("runs"):
        if row["run"] == run:
            return row
    raise CamlodeError(f"there is no run {run}: camlode runs lists them")


COLUMNS = ("fragment", "label", "status", "note", "author", "time")
VERDICTS: tuple[ReviewStatus, ...] = ("accepted", "rejected", "spurious")


@app.command()
def review(
    store: Store,
    fragment: Fragment,
    label: Annotated[str, typer.Option(help="The label whose pattern it is.", show_default=False)],
    status: Annotated[
        Optional[str],
        typer.Option(
            metavar="|".join(VERDICTS), help="The verdict; spurious is what the model should not have learned."
        ),
    ] = None,
    note: Annotated[str, typer.Option(help="Why.", show_default=False)] = "",
    author: Annotated[
        Optional[str], typer.Option(help="Who says so; your login name by default.", show_default=False)
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last review of it back.")] = False,
) -> None:
    """Notes a verdict on a pattern, for every run that has it, earlier and later ones; the last verdict counts."""
    from camlode.pipeline.display.sanitize import sanitize
    from camlode.sql import PatternStore

    verdict = _parse_verdict(status, undo)
    pattern_store = PatternStore(store)
    if verdict is None:
        pattern_store.undo_review(fragment, label)
    else:
        pattern_store.review(fragment, label, verdict, note=note, author=login_name() if author is None else author)
    info(sanitize(f"{fragment[:50]} ({label}): {_describe_review(pattern_store, fragment, label)}"))


@app.command()
def reviews(
    store: Store,
    label: LabelOption = None,
    fragment: Annotated[Optional[str], typer.Option(help="Of this fragment only, its whole text.")] = None,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Lists what people said of patterns, oldest first."""
    from camlode.sql import PatternStore

    rows = PatternStore(store).stream("reviews", fragment=fragment, label=label)
    print_rows(rows, COLUMNS, output_format, empty_message="there is no such review", all_columns=("review", *COLUMNS))


def _parse_verdict(status: str | None, undo: bool) -> ReviewStatus | None:
    """The verdict to note; None where the last one is to be taken back."""
    from camlode.config.errors import did_you_mean

    if undo == (status is not None):
        found = "both" if undo else "neither"
        raise CamlodeError(f"expected either --status {', '.join(VERDICTS)}, or --undo, got {found}")
    verdict = next((each for each in VERDICTS if each == status), None)
    if verdict is None and status is not None:
        raise CamlodeError(f"there is no status {status!r}: {did_you_mean(status, VERDICTS)}")
    return verdict


def _describe_review(store: PatternStore, fragment: str, label: str) -> str:
    found = store.rows("reviews", fragment=fragment, label=label)
    if not found:
        return "no review is left"
    return " by ".join(filter(None, (found[-1]["status"], found[-1]["author"])))
