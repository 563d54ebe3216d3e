"""The comparison of two runs, as tables on a terminal or in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.display.tables import drop_empty_columns, escape_markdown, format_markdown_table, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from camlode.pipeline.display.tables import Row

RUN_COLUMNS = ("side", "run", "model", "model_version", "corpus", "method", "unit", "documents_explained", "started")
RUN_KEYS = (*RUN_COLUMNS[1:], "model_digest", "corpus_digest")
COUNT_COLUMNS = ("label", "before", "after", "kept", "gained", "lost")
CHANGE_COLUMNS = (
    "label",
    "change",
    "fragment",
    "rank_before",
    "rank_after",
    "importance_before",
    "importance_after",
    "share_before",
    "share_after",
    "share_change",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The store's rows of two `runs` (the earlier first), the `counts` of each label, and the `changes` of patterns."""

    runs: tuple[Row, Row]
    counts: Sequence[Row]
    changes: Sequence[Row]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values; of the runs, only what identifies them."""
        before, after = ({name: row[name] for name in RUN_KEYS} for row in self.runs)
        return {"before": before, "after": after, "counts": list(self.counts), "changes": list(self.changes)}

    def tables(self) -> Iterator[tuple[Sequence[Row], Sequence[str]]]:
        """Yield the rows and columns of each table that is not empty: the runs, the counts, the changes."""
        sides = [{"side": side, **row} for side, row in zip(("before", "after"), self.runs, strict=True)]
        yield sides, drop_empty_columns(sides, RUN_COLUMNS, ("model_version", "documents_explained"))
        for rows, columns in ((self.counts, COUNT_COLUMNS), (self.changes, CHANGE_COLUMNS)):
            if rows:
                yield rows, columns

    def remarks(self) -> Iterator[str]:
        """Yield what must be known to read the tables."""
        before, after = self.runs
        for kind, names in (("model", ("model", "model_version")), ("corpus", ("corpus",))):
            same_name = all(before[name] == after[name] for name in names)
            if same_name and before[f"{kind}_digest"] != after[f"{kind}_digest"]:
                yield f"both runs have a {kind} named {sanitize(before[kind])}, but not the same one"
        if (before["method"], before["unit"]) != (after["method"], after["unit"]):
            yield "the runs were mined with different methods or units: compare shares, not importances"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the tables, with the remarks below the first."""
    from rich.text import Text

    for index, (rows, columns) in enumerate(comparison.tables()):
        if index:
            console.print()
        print_table(rows, columns, console)
        for remark in () if index else comparison.remarks():
            console.print(Text(remark), soft_wrap=True)


def render_comparison_markdown(comparison: Comparison) -> str:
    """Return the tables and remarks as Markdown."""
    tables = [format_markdown_table(rows, columns) for rows, columns in comparison.tables()]
    return "\n\n".join([tables[0], *(escape_markdown(remark) for remark in comparison.remarks()), *tables[1:]])
