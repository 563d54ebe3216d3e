"""Commands that ask a store for its patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pipeline.commands.options import (
    Format,
    Fragment,
    LabelOption,
    RunNumber,
    Store,
    TableFormat,
    ViewFormat,
    console,
    print_rows,
    reader_may_leave,
)
from pipeline.commands.talk import say

if TYPE_CHECKING:
    from pipeline.views.fragments import FragmentFacts
    from sql import PatternStore, Row

app = typer.Typer()

SUMS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
WHERE_THERE = ("matched_documents", "precision", "gold_precision", "review")
LABEL_COLUMNS = ("label", "documents", "gold_documents", "agreed_documents", "importance", "patterns")


@app.command()
def query(
    store: Store,
    label: LabelOption = None,
    run: RunNumber = None,
    top: Annotated[int, typer.Option(min=0, help="The first so many patterns of each label; 0 for all.")] = 20,
    contains: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="Only fragments that hold this text, as it is.")
    ] = None,
    order: Annotated[
        str,
        typer.Option(
            metavar="importance|mean|precision|gold-precision|weighted|log-odds|c-value",
            help="By what they are ordered; weighted is importance × precision.",
        ),
    ] = "importance",
    min_documents: Annotated[
        Optional[int], typer.Option(min=0, help="Only those important in so many documents.")
    ] = None,
    min_precision: Annotated[
        Optional[float], typer.Option(min=0.0, max=1.0, help="Only those of this precision at least.")
    ] = None,
    status: Annotated[
        Optional[str],
        typer.Option(
            metavar="accepted|rejected|spurious|unreviewed|usable",
            help="By their last review; usable are those that nobody has spoken against.",
        ),
    ] = None,
    maximal: Annotated[
        bool, typer.Option("--maximal", help="Leave out what a longer pattern of the label accounts for.")
    ] = False,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Prints the patterns of a run, best first.

    JSON, CSV and JSON Lines have all columns, and print patterns as they are read, however many there are.
    """
    from sql import PatternStore
    from sql.query.patterns import MEASURES

    rows = PatternStore(store).stream(
        "patterns",
        label=label,
        run=run,
        top=top or None,
        contains=contains,
        order=order,
        min_documents=min_documents,
        min_precision=min_precision,
        status=status,
        maximal=maximal,
    )
    every = ("run", "label", "rank", "fragment", *MEASURES, "review")
    empty = "no pattern answers this question"
    print_rows(rows, (*SUMS, *WHERE_THERE), output_format, empty=empty, optional=WHERE_THERE, every=every)


@app.command()
def labels(store: Store, run: RunNumber = None, output_format: Format = TableFormat.TABLE) -> None:
    """Lists the labels of a run in the model's order: how often it was predicted, how many patterns it has."""
    from sql import PatternStore

    rows, gold = PatternStore(store).stream("labels", run=run), ("gold_documents", "agreed_documents")
    every = ("run", *LABEL_COLUMNS)
    print_rows(rows, LABEL_COLUMNS, output_format, empty="the run has no label", optional=gold, every=every)


@app.command()
def show(
    store: Store,
    fragment: Fragment,
    run: Annotated[Optional[int], typer.Option(help="Examples of this run, instead of the current one.")] = None,
    label: LabelOption = None,
    output_format: Annotated[ViewFormat, typer.Option("--format", help="How it is printed.")] = ViewFormat.TABLE,
) -> None:
    """Shows all that is known of one fragment.

    First every run and label in which it is a pattern, then what people said of it, then examples: places where it
    was important, and documents of other labels in which it occurs ("counter").
    """
    from pipeline.views.fragments import print_fragment
    from pipeline.views.tables import as_json
    from sql import PatternStore

    facts = _facts(PatternStore(store), fragment, run, label)
    with reader_may_leave():
        if output_format is ViewFormat.JSON:
            typer.echo(as_json(facts.to_dict()))
        else:
            print_fragment(facts, console())
    if not facts.examples:
        say(_without_examples(facts, run))


def _facts(store: PatternStore, fragment: str, run: int | None, label: str | None) -> FragmentFacts:
    from pipeline.views.fragments import FragmentFacts

    places, reviews = store.rows("places", fragment=fragment), store.rows("reviews", fragment=fragment)
    _require(label, fragment, places)
    examples = store.rows("examples", fragment=fragment, run=run)
    parts = [[row for row in rows if label in (None, row["label"])] for rows in (places, reviews, examples)]
    return FragmentFacts(fragment, *parts)


def _without_examples(facts: FragmentFacts, run: int | None) -> str:
    from config.names import listed

    shown = "the current run" if run is None else f"run {run}"
    if any(place["current"] if run is None else place["run"] == run for place in facts.places):
        return f"no example of it is kept in {shown}"
    others = listed([str(number) for number in dict.fromkeys(place["run"] for place in facts.places)])
    return f"it is no pattern in {shown}, so there are no examples: --run shows those of {others}"


def _require(label: str | None, fragment: str, places: list[Row]) -> None:
    from config.errors import StoreError
    from config.names import which

    known = [*dict.fromkeys(row["label"] for row in places)]
    if label not in (None, *known):
        raise StoreError(f"{fragment[:50]!r} is no pattern of the label {label!r}: {which(str(label), known)}")
