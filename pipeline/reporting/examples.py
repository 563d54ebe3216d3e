"""Places where patterns were seen, no more of them read than are shown."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sql import PatternStore, Row

EXAMPLE_KINDS = ("supporting", "counter")

Examples = tuple[list["Row"], list["Row"]]


def read_first_examples(
    store: PatternStore, run: int, label: str, fragments: Sequence[str], limit: int
) -> dict[str, Examples]:
    """Of the label's first patterns, `fragments`, at most so many examples and as many counter-examples each."""
    found: dict[str, Examples] = {fragment: ([], []) for fragment in fragments}
    if not limit or not fragments:
        return found
    rows = store.stream("examples", run=run, label=label)
    with closing(rows):  # type: ignore[type-var]
        for row in rows:
            if row["fragment"] not in found:  # they come by rank: this one is beyond the first
                break
            _add_example(found[row["fragment"]], row, limit)
    return found


def read_examples(store: PatternStore, run: int, label: str, fragment: str, limit: int) -> Examples:
    """At most so many examples of one pattern, and as many counter-examples."""
    found: Examples = ([], [])
    rows: Iterable[Row] = store.stream("examples", run=run, label=label, fragment=fragment) if limit else ()
    for row in rows:
        _add_example(found, row, limit)
    return found


def _add_example(found: Examples, row: Row, limit: int) -> None:
    kept = found[EXAMPLE_KINDS.index(row["kind"])]
    if len(kept) < limit:
        kept.append(row)
