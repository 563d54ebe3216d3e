"""Changes between two runs: patterns that a label gained or lost, or whose share changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import StoreError
from camlode.sql.query.runs import find_label_ids, find_published_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql.records import Row
    from camlode.sql.revision import Reader

INITIAL_DEPTH = 200
"""How many of the first patterns of both runs are compared before a check whether these are enough."""

_SIDE = """
SELECT fragments.text AS fragment, one.rank, one.importance, one.share,
       other.rank AS other_rank, other.importance AS other_importance, other.share AS other_share
FROM patterns AS one
JOIN fragments ON fragments.id = one.fragment_id
LEFT JOIN patterns AS other ON other.label_id = :other AND other.fragment_id = one.fragment_id
WHERE one.label_id = :one AND one.rank <= :depth
ORDER BY one.rank
"""

_KEPT = """
SELECT count(*) AS patterns
FROM patterns AS one
JOIN patterns AS other ON other.label_id = :other AND other.fragment_id = one.fragment_id
WHERE one.label_id = :one
"""


def difference(
    reader: Reader, before: int, after: int, label: str | None = None, top: int | None = 20
) -> Iterator[Row]:
    """Yield the patterns that changed, by label, the largest changes of share first; `top` of each label.

    `change` is "gained", "lost" or "moved"; rank, importance (logits) and share are of both runs, null if the
    pattern is absent; `share_change` is the share after minus the share before, 0 if absent.
    """
    if top is not None and top < 1:
        raise StoreError(f"top must be at least 1, not {top}")
    for name, sides in _match_labels(reader, before, after, label).items():
        for row in _find_changes(reader, *sides, top):
            yield {"label": name} | row


def difference_counts(reader: Reader, before: int, after: int, label: str | None = None) -> Iterator[Row]:
    """Yield by label the numbers of its patterns before and after, and of those kept, gained and lost."""
    for name, (one, other) in _match_labels(reader, before, after, label).items():
        (kept,) = reader.rows(_KEPT, {"one": one, "other": other})
        sizes = [_count_patterns(reader, number) for number in (one, other)]
        counts = {"kept": kept["patterns"], "gained": sizes[1] - kept["patterns"], "lost": sizes[0] - kept["patterns"]}
        yield {"label": name, "before": sizes[0], "after": sizes[1], **counts}


def _match_labels(reader: Reader, before: int, after: int, label: str | None) -> dict[str, tuple[int, int]]:
    """Return the labels of either run with their ids in both, 0 if a run has no such label."""
    runs = [find_label_ids(reader, find_published_run(reader, run)) for run in (before, after)]
    names = [*dict.fromkeys([*runs[1], *runs[0]])]
    if label is not None and label not in names:
        find_label_ids(reader, after, label)  # raises an error with the known labels
    return {name: (runs[0].get(name, 0), runs[1].get(name, 0)) for name in names if label in (None, name)}


def _count_patterns(reader: Reader, label_id: int) -> int:
    found = reader.rows("SELECT count(*) AS patterns FROM patterns WHERE label_id = :label_id", {"label_id": label_id})
    return int(found[0]["patterns"])


def _find_changes(reader: Reader, before: int, after: int, top: int | None) -> list[Row]:
    """Return the `top` largest changes.

    Shares fall with the rank. So a pattern beyond the first N of both runs cannot have changed by more than the share
    of the N-th pattern: once this is at most the last wanted change, no further patterns need be read.
    """
    depth = 2**31 - 1 if top is None else max(INITIAL_DEPTH, 4 * top)
    while True:
        old = reader.rows(_SIDE, {"one": before, "other": after, "depth": depth})
        new = reader.rows(_SIDE, {"one": after, "other": before, "depth": depth})
        changed = [_build_change(row, reverse=False) for row in old]
        # Patterns among the first of both runs are included already.
        changed += [_build_change(row, reverse=True) for row in new if (row["other_rank"] or depth + 1) > depth]
        changed = [row for row in changed if row["share_change"] or row["rank_before"] != row["rank_after"]]
        changed.sort(key=lambda row: (-abs(row["share_change"]), row["fragment"]))
        unseen = max((rows[-1]["share"] for rows in (old, new) if len(rows) >= depth), default=0.0)
        if top is None or not unseen or (len(changed) >= top and abs(changed[top - 1]["share_change"]) >= unseen):
            return changed[:top]
        depth *= 4


def _build_change(row: Row, *, reverse: bool) -> Row:
    one, other = ("after", "before") if reverse else ("before", "after")
    found = {f"{name}_{one}": row[name] for name in ("rank", "importance", "share")}
    found |= {f"{name}_{other}": row[f"other_{name}"] for name in ("rank", "importance", "share")}
    absent = "gained" if reverse else "lost"
    names = [f"{name}_{side}" for name in ("rank", "importance", "share") for side in ("before", "after")]
    return {
        "change": absent if row["other_rank"] is None else "moved",
        "fragment": row["fragment"],
        **{name: found[name] for name in names},
        "share_change": (found["share_after"] or 0.0) - (found["share_before"] or 0.0),
    }
