"""`camlode review` and `camlode reviews`: people's verdicts on patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import Author, Fragment, LabelOption, RowFormatOption, Store, login_name
from camlode.pipeline.commands.output import print_rows

if TYPE_CHECKING:
    from camlode.sql import PatternStore
    from camlode.sql.records import ReviewStatus

app = typer.Typer()

REVIEW_COLUMNS = ("fragment", "label", "status", "note", "author", "time")
STATUSES: tuple[ReviewStatus, ...] = ("accepted", "rejected", "spurious")


@app.command()
def review(
    store: Store,
    fragment: Fragment,
    label: Annotated[str, typer.Option(metavar="LABEL", help="The pattern's label.", show_default=False)],
    status: Annotated[
        Optional[str],
        typer.Option(
            metavar="|".join(STATUSES), help="The verdict; spurious means that the model should not have learned it."
        ),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="The reason.", show_default=False)] = "",
    author: Author = None,
    undo: Annotated[bool, typer.Option("--undo", help="Remove the pattern's last review.")] = False,
) -> None:
    """Review a pattern: accepted, rejected or spurious.

    A review holds for every run, earlier and later, that has the pattern; the last review counts.
    """
    from camlode.pipeline.display.sanitize import sanitize
    from camlode.sql import PatternStore

    verdict = _parse_status(status, undo)
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
    fragment: Annotated[
        Optional[str], typer.Option(metavar="FRAGMENT", help="Only this fragment, its whole text.")
    ] = None,
    output_format: RowFormatOption = "table",
) -> None:
    """List the reviews of patterns, oldest first."""
    from camlode.sql import PatternStore

    rows = PatternStore(store).stream("reviews", fragment=fragment, label=label)
    columns = ("review", *REVIEW_COLUMNS)
    print_rows(rows, REVIEW_COLUMNS, output_format, empty_message="no review matches", all_columns=columns)


def _parse_status(status: str | None, undo: bool) -> ReviewStatus | None:
    """Return the verdict to store, or None for --undo."""
    from camlode.config.errors import did_you_mean

    if undo == (status is not None):
        found = "both" if undo else "neither"
        raise CamlodeError(f"expected either --status {', '.join(STATUSES)}, or --undo, got {found}")
    verdict = next((each for each in STATUSES if each == status), None)
    if verdict is None and status is not None:
        raise CamlodeError(f"there is no status {status!r}: {did_you_mean(status, STATUSES)}")
    return verdict


def _describe_review(store: PatternStore, fragment: str, label: str) -> str:
    found = store.rows("reviews", fragment=fragment, label=label)
    if not found:
        return "no review is left"
    return " by ".join(filter(None, (found[-1]["status"], found[-1]["author"])))
