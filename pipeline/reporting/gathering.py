"""The facts of a report, read from a store."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from config.errors import StoreError
from pipeline.auditing.limits import AuditLimits
from pipeline.auditing.running import audit
from pipeline.reporting.examples import read_examples, read_first_examples
from pipeline.reporting.facts import ReportLabel, ReportPattern, RunDifference, RunReport
from pipeline.reporting.rule_sets import read_rule_sets
from pipeline.reporting.shared import find_shared_fragments
from pipeline.reporting.stage_seconds import read_stage_seconds
from sql import PatternStore

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from pipeline.auditing.findings import Audit
    from sql import Row

PUBLISHED = ("complete", "incomplete")

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
