"""The facts of a report, read from a store."""
# MERGED: Places where patterns were seen, no more of them read than are shown.
# MERGED: Which labels lean on the same fragments.

from __future__ import annotations

from contextlib import closing
from itertools import combinations, groupby
from typing import TYPE_CHECKING

from camlode.config.errors import StoreError
from camlode.pipeline.audit.audit import audit
from camlode.pipeline.audit.findings import AuditLimits
from camlode.pipeline.report.model import (
    ReportLabel,
    ReportPattern,
    RunDifference,
    RunReport,
    SharedFragments,
    read_rule_sets,
    read_stage_seconds,
)
from camlode.sql import PatternStore
from camlode.sql.query.runs import PUBLISHED

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from camlode.pipeline.audit.findings import Audit
    from camlode.sql import Row

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


MAX_LABELS = 40
"""Labels that a map has at most."""

MAX_FRAGMENTS = 15
"""Fragments that are named at most."""


def find_shared_fragments(patterns: Mapping[str, Sequence[Row]], depth: int) -> SharedFragments:
    """The map of the labels by how many fragments each two have in common, among the first `depth` of each."""
    by_fragment: dict[str, list[Row]] = {}
    for rows in patterns.values():
        for row in rows:
            by_fragment.setdefault(row["fragment"], []).append(row)
    several = [(fragment, rows) for fragment, rows in by_fragment.items() if len(rows) > 1]
    counts = {label: dict.fromkeys(patterns, 0) | {label: len(rows)} for label, rows in patterns.items()}
    for _, rows in several:
        for one, other in combinations(rows, 2):
            counts[one["label"]][other["label"]] += 1
            counts[other["label"]][one["label"]] += 1
    labels = _select_labels(counts)
    matrix = [[counts[one][other] for other in labels] for one in labels]
    return SharedFragments(depth, labels, matrix, _select_fragments(several), len(patterns) - len(labels))


def _select_labels(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The labels that share most, in the model's order."""
    shared = {label: sum(row.values()) - row[label] for label, row in counts.items()}
    most = {*sorted(shared, key=lambda label: -shared[label])[:MAX_LABELS]}
    return [label for label in counts if label in most]


def _select_fragments(several: Sequence[tuple[str, list[Row]]]) -> list[tuple[str, Sequence[Row]]]:
    """Those that most labels share, of as many labels those with the biggest shares together."""

    def sort_key(each: tuple[str, list[Row]]) -> tuple[int, float, str]:
        fragment, rows = each
        return -len(rows), -sum(row["share"] for row in rows), fragment

    return [
        (text, sorted(rows, key=lambda row: row["rank"]))
        for text, rows in sorted(several, key=sort_key)[:MAX_FRAGMENTS]
    ]



AUDIT_LIMITS = AuditLimits()

SHARED_DEPTH = AUDIT_LIMITS.top
"""Patterns of each label that are searched for fragments which other labels have as well: as many as are audited."""

MAX_PATTERNS, MAX_FINDINGS, MAX_CHANGES = 10, 5, 5
"""Of each label at most so many patterns are told, patterns with findings shown in full, and changes."""

MAX_PATTERN_ROWS, MAX_FINDING_ROWS, MAX_CHANGE_ROWS = 300, 150, 150
"""Of all labels together about so many: a page of many labels stays one that can be sent round."""


def collect_report(
    store: PatternStore | str | os.PathLike[str],
    run: int | None = None,
    *,
    before: int | None = None,
    top: int | None = None,
    examples: int = 1,
) -> RunReport:
    """The facts about a published run: the current one unless `run` names another.

    Args:
        store: a pattern store, or where it is.
        run: a published run's number.
        before: the published run to compare with; by default the last one before it.
        top: how many patterns of each label are told; by default TOP, fewer of many labels.
        examples: how many examples of each, and as many counter-examples.

    Raises:
        StoreError: there is no such store or run, or `before` is the run itself.
    """
    opened = store if isinstance(store, PatternStore) else PatternStore(store)
    labels = opened.rows("labels", run=run)
    runs = {row["run"]: row for row in opened.rows("runs")}
    number, findings = labels[0]["run"], rows_per_label(MAX_FINDINGS, MAX_FINDING_ROWS, len(labels))
    top = top or rows_per_label(MAX_PATTERNS, MAX_PATTERN_ROWS, len(labels))
    patterns = _read_patterns(opened, number, [row["label"] for row in labels], max(top, SHARED_DEPTH))
    audited = audit(opened, number, limits=AUDIT_LIMITS, examples=0)
    return RunReport(
        run=runs[number],
        labels=[_read_label(opened, row, patterns[row["label"]][:top], examples) for row in labels],
        rejects=opened.rows("rejects", run=number),
        stages=read_stage_seconds(runs[number]["folder"]),
        shared=find_shared_fragments({label: rows[:SHARED_DEPTH] for label, rows in patterns.items()}, SHARED_DEPTH),
        audit=audited,
        shown=_read_finding_examples(opened, audited, patterns, findings, examples),
        findings=findings,
        difference=_compare_runs(opened, runs, number, before),
        rule_sets=read_rule_sets(opened, number),
    )


def rows_per_label(most: int, rows: int, labels: int) -> int:
    """How many rows a label gets where all have about `rows` together: one at least, at most `most`."""
    return max(1, min(most, rows // labels))


def _read_patterns(store: PatternStore, run: int, labels: Sequence[str], top: int) -> dict[str, list[Row]]:
    """The first patterns of each label, in the model's order."""
    found: dict[str, list[Row]] = {label: [] for label in labels}
    for row in store.stream("patterns", run=run, top=top):
        found[row["label"]].append(row)
    return found


def _read_label(store: PatternStore, row: Row, patterns: Sequence[Row], examples: int) -> ReportLabel:
    seen = read_first_examples(store, row["run"], row["label"], [each["fragment"] for each in patterns], examples)
    return ReportLabel(row, [ReportPattern(each, *seen[each["fragment"]]) for each in patterns])


def _read_finding_examples(
    store: PatternStore, audited: Audit, patterns: Mapping[str, Sequence[Row]], findings: int, examples: int
) -> dict[tuple[str, str], ReportPattern]:
    """The first patterns with findings of each label, with examples."""
    rows = {(label, row["fragment"]): row for label, of_label in patterns.items() for row in of_label}
    shown = {}
    for label, found in groupby(audited.findings, key=lambda each: each.label):
        for fragment in [*dict.fromkeys(each.fragment for each in found)][:findings]:
            seen = read_examples(store, audited.run, label, fragment, examples)
            shown[label, fragment] = ReportPattern(rows[label, fragment], *seen)
    return shown


def _compare_runs(store: PatternStore, runs: Mapping[int, Row], run: int, before: int | None) -> RunDifference | None:
    """What changed since `before`, or the last published run before this."""
    published = [number for number, row in runs.items() if row["status"] in PUBLISHED]
    if before is None:
        before = max((number for number in published if number < run), default=None)
    if before is None:
        return None
    if before == run:
        raise StoreError(f"run {run} can't be compared with itself: name another published run")
    counts = store.rows("difference_counts", before=before, after=run)
    top = rows_per_label(MAX_CHANGES, MAX_CHANGE_ROWS, max(len(counts), 1))
    return RunDifference(runs[before], counts, store.rows("difference", before=before, after=run, top=top))
