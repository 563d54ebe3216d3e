"""`camlode query` and `camlode labels`: a run's patterns, and its labels."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.options import PATTERN_ORDERS, LabelOption, RowFormatOption, RunOption, Store
from camlode.pipeline.commands.output import print_rows

app = typer.Typer()

PATTERN_COLUMNS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
OPTIONAL_PATTERN_COLUMNS = ("matched_documents", "precision", "gold_precision", "review")
LABEL_COLUMNS = ("label", "documents", "gold_documents", "agreed_documents", "importance", "patterns")


@app.command()
def query(
    store: Store,
    label: LabelOption = None,
    run: RunOption = None,
    top: Annotated[int, typer.Option(metavar="N", min=0, help="At most N patterns of each label; 0 for all.")] = 20,
    contains: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="Only fragments that contain this text, literally.")
    ] = None,
    order: Annotated[
        str, typer.Option(metavar=PATTERN_ORDERS, help="The sort order; weighted is importance × precision.")
    ] = "importance",
    min_documents: Annotated[
        Optional[int], typer.Option(metavar="N", min=0, help="Only patterns important in at least N documents.")
    ] = None,
    min_precision: Annotated[
        Optional[float], typer.Option(metavar="P", min=0.0, max=1.0, help="Only patterns with at least this precision.")
    ] = None,
    status: Annotated[
        Optional[str],
        typer.Option(
            metavar="accepted|rejected|spurious|unreviewed|usable",
            help="Only patterns whose last review is this; usable means accepted or unreviewed.",
        ),
    ] = None,
    maximal: Annotated[
        bool, typer.Option("--maximal", help="Leave out patterns that are subsumed by a longer pattern of the label.")
    ] = False,
    output_format: RowFormatOption = "table",
) -> None:
    """Print the patterns of a run, best first.

    JSON, JSON Lines and CSV have all columns, and stream the patterns as they are read.
    """
    from camlode.sql import PatternFilter, PatternStore
    from camlode.sql.query.patterns import MEASURES

    filters = PatternFilter(label, run, top or None, contains, order, min_documents, min_precision, status, maximal)
    rows = PatternStore(store).stream("patterns", filters=filters)
    print_rows(
        rows,
        (*PATTERN_COLUMNS, *OPTIONAL_PATTERN_COLUMNS),
        output_format,
        empty_message="no pattern matches",
        optional_columns=OPTIONAL_PATTERN_COLUMNS,
        all_columns=("run", "label", "rank", "fragment", *MEASURES, "review"),
    )


@app.command()
def labels(store: Store, run: RunOption = None, output_format: RowFormatOption = "table") -> None:
    """List the labels of a run, in the model's order.

    With the number of documents predicted as the label, and of its patterns.
    """
    from camlode.sql import PatternStore

    print_rows(
        PatternStore(store).stream("labels", run=run),
        LABEL_COLUMNS,
        output_format,
        empty_message="the run has no label",
        optional_columns=("gold_documents", "agreed_documents"),
        all_columns=("run", *LABEL_COLUMNS),
    )
