"""Commands that ask a store for its patterns."""
# MERGED: All that a store knows of one fragment: where it is a pattern, what people said of it, and where it was seen.

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import (
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
from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.display.tables import drop_empty_columns, highlight_hit, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from camlode.sql import PatternStore, Row

OPTIONAL_PLACE_COLUMNS = ("model_version", "matched_documents", "precision", "gold_precision", "review")
PLACE_COLUMNS = (
    "run",
    "current",
    "model",
    "model_version",
    "corpus",
    "label",
    "rank",
    "importance",
    "mean",
    "share",
    "documents",
    "occurrences",
    *OPTIONAL_PLACE_COLUMNS[1:],
)
REVIEW_COLUMNS = ("label", "status", "note", "author", "time")
EXAMPLE_COLUMNS = ("label", "kind", "importance", "document", "place", "text")


@dataclass(frozen=True, slots=True)
class FragmentInfo:
    """The store's rows about `fragment`: of `places`, `reviews`, and the `examples` of one run by label."""

    fragment: str
    places: Sequence[Row]
    reviews: Sequence[Row]
    examples: Sequence[Row]

    def to_dict(self) -> dict[str, Any]:
        """The same by name."""
        return asdict(self)


def print_fragment(fragment_info: FragmentInfo, console: Console) -> None:
    """Prints each part as a table; in the examples' text the hit stands out, in amber or between « and »."""
    from rich.text import Text

    console.print(Text(f"{sanitize(fragment_info.fragment)}\n", style="bold"), soft_wrap=True)
    print_table(
        fragment_info.places, drop_empty_columns(fragment_info.places, PLACE_COLUMNS, OPTIONAL_PLACE_COLUMNS), console
    )
    if fragment_info.reviews:
        console.print(Text("\nreviews, the last of a label counts:"))
        print_table(fragment_info.reviews, REVIEW_COLUMNS, console)
    if fragment_info.examples:
        console.print(Text(f"\nexamples of run {fragment_info.examples[0]['run']}:"))
        rows = [row | {"text": highlight_hit(row, console)} for row in fragment_info.examples]
        print_table(rows, EXAMPLE_COLUMNS, console)


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
    from camlode.sql import PatternStore
    from camlode.sql.query.patterns import MEASURES

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
    from camlode.sql import PatternStore

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
    from camlode.pipeline.display.tables import dump_json
    from camlode.sql import PatternStore

    fragment_info = _load_fragment_info(PatternStore(store), fragment, run, label)
    with exit_on_broken_pipe():
        if output_format is ViewFormat.JSON:
            typer.echo(dump_json(fragment_info.to_dict()))
        else:
            print_fragment(fragment_info, make_console())
    if not fragment_info.examples:
        info(_explain_missing_examples(fragment_info, run))


def _load_fragment_info(store: PatternStore, fragment: str, run: int | None, label: str | None) -> FragmentInfo:

    places, reviews = store.rows("places", fragment=fragment), store.rows("reviews", fragment=fragment)
    _check_label(label, fragment, places)
    examples = store.rows("examples", fragment=fragment, run=run)
    parts = [[row for row in rows if label in (None, row["label"])] for rows in (places, reviews, examples)]
    return FragmentInfo(fragment, *parts)


def _explain_missing_examples(fragment_info: FragmentInfo, run: int | None) -> str:
    from camlode.config.errors import join_words

    shown = "the current run" if run is None else f"run {run}"
    if any(place["current"] if run is None else place["run"] == run for place in fragment_info.places):
        return f"no example of it is kept in {shown}"
    others = join_words([str(number) for number in dict.fromkeys(place["run"] for place in fragment_info.places)])
    return f"it is no pattern in {shown}, so there are no examples: --run shows those of {others}"


def _check_label(label: str | None, fragment: str, places: list[Row]) -> None:
    from camlode.config.errors import StoreError, did_you_mean

    known = [*dict.fromkeys(row["label"] for row in places)]
    if label not in (None, *known):
        raise StoreError(f"{fragment[:50]!r} is no pattern of the label {label!r}: {did_you_mean(str(label), known)}")
