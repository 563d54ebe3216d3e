"""The command that compares two runs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import LabelOption, Store, exit_on_broken_pipe, make_console

if TYPE_CHECKING:
    from camlode.pipeline.comparison import Comparison
    from camlode.sql import PatternStore

app = typer.Typer()


class CompareFormat(StrEnum):
    """How a comparison of runs is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


@app.command()
def compare(
    store: Store,
    before: Annotated[int, typer.Argument(metavar="RUN1", help="The earlier run's number.", show_default=False)],
    after: Annotated[int, typer.Argument(metavar="RUN2", help="The later run's number.", show_default=False)],
    label: LabelOption = None,
    top: Annotated[int, typer.Option(min=0, help="The first so many changes of each label; 0 for all.")] = 10,
    output_format: Annotated[
        CompareFormat, typer.Option("--format", help="How it is printed; CSV has the changes only.")
    ] = CompareFormat.TABLE,
) -> None:
    """Shows what the second run's model relies on that the first one's didn't, and the other way round.

    By label: how many patterns both have, were gained and were lost; then those whose share of the label's importance
    changed most.
    """
    from camlode.pipeline import comparison as views
    from camlode.pipeline.display import tables
    from camlode.sql import PatternStore

    pattern_store = PatternStore(store)
    with exit_on_broken_pipe():
        if output_format is CompareFormat.CSV:
            filters = {"before": before, "after": after, "label": label, "top": top or None}
            tables.print_csv(pattern_store.stream("difference", **filters), views.CHANGE_COLUMNS)
            return
        found = _load_comparison(pattern_store, before, after, label, top or None)
        if output_format is CompareFormat.JSON:
            typer.echo(tables.dump_json(found.to_dict()))
        elif output_format is CompareFormat.MARKDOWN:
            typer.echo(views.render_comparison_markdown(found))
        else:
            views.print_comparison(found, make_console())
    if not found.changes:
        info("no pattern has changed")


def _load_comparison(store: PatternStore, before: int, after: int, label: str | None, top: int | None) -> Comparison:
    from camlode.pipeline.comparison import Comparison

    counts = store.rows("difference_counts", before=before, after=after, label=label)
    changes = store.rows("difference", before=before, after=after, label=label, top=top)
    runs = {row["run"]: row for row in store.rows("runs")}
    return Comparison((runs[before], runs[after]), counts, changes)
