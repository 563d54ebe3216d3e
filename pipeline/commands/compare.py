"""`camlode compare`: what changed between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from camlode.pipeline.commands.console import exit_on_broken_pipe, info, make_console
from camlode.pipeline.commands.options import DocumentFormat, LabelOption, Store

if TYPE_CHECKING:
    from camlode.pipeline.comparison import Comparison
    from camlode.sql import PatternStore

app = typer.Typer()


@app.command()
def compare(
    store: Store,
    before: Annotated[int, typer.Argument(metavar="RUN1", help="The earlier run's number.", show_default=False)],
    after: Annotated[int, typer.Argument(metavar="RUN2", help="The later run's number.", show_default=False)],
    label: LabelOption = None,
    top: Annotated[int, typer.Option(metavar="N", min=0, help="At most N changes of each label; 0 for all.")] = 10,
    output_format: Annotated[
        DocumentFormat, typer.Option("--format", help="The output format; CSV has the changes only.")
    ] = "table",
) -> None:
    """Compare the patterns of two runs.

    For each label: how many patterns both runs have, and how many were gained and lost; then the patterns whose share
    of the label's importance changed most.
    """
    from camlode.pipeline import comparison
    from camlode.pipeline.display import tables
    from camlode.sql import PatternStore

    pattern_store = PatternStore(store)
    with exit_on_broken_pipe():
        if output_format == "csv":
            filters = {"before": before, "after": after, "label": label, "top": top or None}
            tables.print_csv(pattern_store.stream("difference", **filters), comparison.CHANGE_COLUMNS)
            return
        difference = _load_comparison(pattern_store, before, after, label, top or None)
        if output_format == "json":
            typer.echo(tables.dump_json(difference.to_dict()))
        elif output_format == "markdown":
            typer.echo(comparison.render_comparison_markdown(difference))
        else:
            comparison.print_comparison(difference, make_console())
    if not difference.changes:
        info("no pattern has changed")


def _load_comparison(store: PatternStore, before: int, after: int, label: str | None, top: int | None) -> Comparison:
    from camlode.pipeline.comparison import Comparison

    counts = store.rows("difference_counts", before=before, after=after, label=label)
    changes = store.rows("difference", before=before, after=after, label=label, top=top)
    return Comparison((store.run(before), store.run(after)), counts, changes)
