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
    exit_on_broken_pipe,
    make_console,
    print_rows,
)
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from pipeline.views.fragments import FragmentInfo
    from sql import PatternStore, Row

app = typer.Typer()

IMPORTANCE_COLUMNS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
OPTIONAL_COLUMNS = ("matched_documents", "precision", "gold_precision", "review")
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
    all_columns = ("run", "label", "rank", "fragment", *MEASURES, "review")
    empty_message = "no pattern answers this question"
    print_rows(
        rows,
        (*IMPORTANCE_COLUMNS, *OPTIONAL_COLUMNS),
        output_format,
        empty_message=empty_message,
        optional_columns=OPTIONAL_COLUMNS,
        all_columns=all_columns,
    )


@app.command()
def labels(store: Store, run: RunNumber = None, output_format: Format = TableFormat.TABLE) -> None:
    """Lists the labels of a run in the model's order: how often it was predicted, how many patterns it has."""
    from sql import PatternStore

    rows, gold = PatternStore(store).stream("labels", run=run), ("gold_documents", "agreed_documents")
    all_columns = ("run", *LABEL_COLUMNS)
    print_rows(
        rows,
        LABEL_COLUMNS,
        output_format,
        empty_message="the run has no label",
        optional_columns=gold,
        all_columns=all_columns,
    )


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
    from pipeline.views.tables import dump_json
    from sql import PatternStore

    fragment_info = _load_fragment_info(PatternStore(store), fragment, run, label)
    with exit_on_broken_pipe():
        if output_format is ViewFormat.JSON:
            typer.echo(dump_json(fragment_info.to_dict()))
        else:
            print_fragment(fragment_info, make_console())
    if not fragment_info.examples:
        info(_explain_missing_examples(fragment_info, run))


def _load_fragment_info(store: PatternStore, fragment: str, run: int | None, label: str | None) -> FragmentInfo:
    from pipeline.views.fragments import FragmentInfo

    places, reviews = store.rows("places", fragment=fragment), store.rows("reviews", fragment=fragment)
    _check_label(label, fragment, places)
    examples = store.rows("examples", fragment=fragment, run=run)
    parts = [[row for row in rows if label in (None, row["label"])] for rows in (places, reviews, examples)]
    return FragmentInfo(fragment, *parts)


def _explain_missing_examples(fragment_info: FragmentInfo, run: int | None) -> str:
    from config.names import join_words

    shown = "the current run" if run is None else f"run {run}"
    if any(place["current"] if run is None else place["run"] == run for place in fragment_info.places):
        return f"no example of it is kept in {shown}"
    others = join_words([str(number) for number in dict.fromkeys(place["run"] for place in fragment_info.places)])
    return f"it is no pattern in {shown}, so there are no examples: --run shows those of {others}"


def _check_label(label: str | None, fragment: str, places: list[Row]) -> None:
    from config.errors import StoreError
    from config.names import did_you_mean

    known = [*dict.fromkeys(row["label"] for row in places)]
    if label not in (None, *known):
        raise StoreError(f"{fragment[:50]!r} is no pattern of the label {label!r}: {did_you_mean(str(label), known)}")
