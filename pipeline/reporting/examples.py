"""Places where patterns were seen, no more of them read than are shown."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sql import PatternStore, Row

KINDS = ("supporting", "counter")

Seen = tuple[list["Row"], list["Row"]]


def first_examples(store: PatternStore, run: int, label: str, fragments: Sequence[str], most: int) -> dict[str, Seen]:
    """Of the label's first patterns, `fragments`, at most so many examples and as many counter-examples each."""
    found: dict[str, Seen] = {fragment: ([], []) for fragment in fragments}
    if not most or not fragments:
        return found
    rows = store.stream("examples", run=run, label=label)
    with closing(rows):  # type: ignore[type-var]
        for row in rows:
            if row["fragment"] not in found:  # they come by rank: this one is beyond the first
                break
            _keep(found[row["fragment"]], row, most)
    return found


def examples_of(store: PatternStore, run: int, label: str, fragment: str, most: int) -> Seen:
    """At most so many examples of one pattern, and as many counter-examples."""
    found: Seen = ([], [])
    rows: Iterable[Row] = store.stream("examples", run=run, label=label, fragment=fragment) if most else ()
    for row in rows:
        _keep(found, row, most)
    return found


def _keep(found: Seen, row: Row, most: int) -> None:
    kept = found[KINDS.index(row["kind"])]
    if len(kept) < most:
        kept.append(row)
