"""Commands that keep what people say of patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from config.errors import CamlodeError
from pipeline.commands.options import Format, Fragment, LabelOption, Store, TableFormat, login_name, print_rows
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from sql import PatternStore
    from sql.records import ReviewStatus

app = typer.Typer()

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
    from pipeline.views.visible import sanitize
    from sql import PatternStore

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
    from sql import PatternStore

    rows = PatternStore(store).stream("reviews", fragment=fragment, label=label)
    print_rows(rows, COLUMNS, output_format, empty_message="there is no such review", all_columns=("review", *COLUMNS))


def _parse_verdict(status: str | None, undo: bool) -> ReviewStatus | None:
    """The verdict to note; None where the last one is to be taken back."""
    from config.names import did_you_mean

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
