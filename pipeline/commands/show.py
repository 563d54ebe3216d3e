"""`camlode show`: one fragment's runs and labels, reviews and examples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from camlode.pipeline.commands.console import exit_on_broken_pipe, info, make_console
from camlode.pipeline.commands.options import Fragment, LabelOption, RunOption, Store, ViewFormatOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from camlode.sql import PatternStore, Row

app = typer.Typer()

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
    """The store's rows about one fragment.

    `places`: each run and label in which it is a pattern. `reviews`: of all runs. `examples`: of one run.
    """

    fragment: str
    places: Sequence[Row]
    reviews: Sequence[Row]
    examples: Sequence[Row]


@app.command()
def show(
    store: Store,
    fragment: Fragment,
    run: RunOption = None,
    label: LabelOption = None,
    output_format: ViewFormatOption = "table",
) -> None:
    """Show everything that a store knows about one fragment.

    The runs and labels in which it is a pattern, its reviews, and examples: documents in which it was important, and
    documents of other labels that contain it ("counter"). --run chooses the run of the examples.
    """
    from camlode.pipeline.display.tables import dump_json
    from camlode.sql import PatternStore

    fragment_info = _load_fragment_info(PatternStore(store), fragment, run, label)
    with exit_on_broken_pipe():
        if output_format == "json":
            typer.echo(dump_json(asdict(fragment_info)))
        else:
            _print_fragment(fragment_info, make_console())
    if not fragment_info.examples:
        info(_explain_missing_examples(fragment_info, run))


def _load_fragment_info(store: PatternStore, fragment: str, run: int | None, label: str | None) -> FragmentInfo:
    places, reviews = store.rows("places", fragment=fragment), store.rows("reviews", fragment=fragment)
    _check_label(label, fragment, places)
    examples = store.rows("examples", fragment=fragment, run=run)
    parts = [[row for row in rows if label in (None, row["label"])] for rows in (places, reviews, examples)]
    return FragmentInfo(fragment, *parts)


def _check_label(label: str | None, fragment: str, places: list[Row]) -> None:
    from camlode.config.errors import StoreError, did_you_mean

    known = [*dict.fromkeys(row["label"] for row in places)]
    if label not in (None, *known):
        hint = did_you_mean(str(label), known)
        raise StoreError(f"{fragment[:50]!r} is not a pattern of the label {label!r}: {hint}")


def _print_fragment(fragment_info: FragmentInfo, console: Console) -> None:
    """Print each part as a table; the matched text in an example is amber, or between « and » without color."""
    from rich.text import Text

    from camlode.pipeline.display.sanitize import sanitize
    from camlode.pipeline.display.tables import drop_empty_columns, highlight_match, print_table

    places = fragment_info.places
    console.print(Text(f"{sanitize(fragment_info.fragment)}\n", style="bold"), soft_wrap=True)
    print_table(places, drop_empty_columns(places, PLACE_COLUMNS, OPTIONAL_PLACE_COLUMNS), console)
    if fragment_info.reviews:
        console.print(Text("\nreviews (the last one of a label counts):"))
        print_table(fragment_info.reviews, REVIEW_COLUMNS, console)
    if fragment_info.examples:
        console.print(Text(f"\nexamples of run {fragment_info.examples[0]['run']}:"))
        rows = [row | {"text": highlight_match(row, console)} for row in fragment_info.examples]
        print_table(rows, EXAMPLE_COLUMNS, console)


def _explain_missing_examples(fragment_info: FragmentInfo, run: int | None) -> str:
    from camlode.config.errors import join_words

    shown = "the current run" if run is None else f"run {run}"
    if any(place["current"] if run is None else place["run"] == run for place in fragment_info.places):
        return f"{shown} has no example of it"
    others = join_words([str(number) for number in dict.fromkeys(place["run"] for place in fragment_info.places)])
    return f"it is not a pattern of {shown}, so there are no examples; choose another run with --run: {others}"
