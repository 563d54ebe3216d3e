"""The facts of a report, read from a store."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from config.errors import StoreError
from pipeline.auditing.limits import AuditLimits
from pipeline.auditing.running import audit
from pipeline.reporting.examples import examples_of, first_examples
from pipeline.reporting.facts import Difference, LabelFacts, PatternFacts, RunReport
from pipeline.reporting.rule_sets import rule_sets_of
from pipeline.reporting.shared import shared_fragments
from pipeline.reporting.stage_seconds import stage_seconds
from sql import PatternStore

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from pipeline.auditing.findings import Audit
    from sql import Row

PUBLISHED = ("complete", "incomplete")

LIMITS = AuditLimits()

DEPTH = LIMITS.top
"""Patterns of each label that are searched for fragments which other labels have as well: as many as are audited."""

TOP, FINDINGS, CHANGES = 10, 5, 5
"""Of each label at most so many patterns are told, patterns with findings shown in full, and changes."""

TOP_ROWS, FINDING_ROWS, CHANGE_ROWS = 300, 150, 150
"""Of all labels together about so many: a page of many labels stays one that can be sent round."""


def gather(
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
    known = {row["run"]: row for row in opened.rows("runs")}
    number, findings = labels[0]["run"], fair(FINDINGS, FINDING_ROWS, len(labels))
    top = top or fair(TOP, TOP_ROWS, len(labels))
    patterns = _patterns(opened, number, [row["label"] for row in labels], max(top, DEPTH))
    audited = audit(opened, number, limits=LIMITS, examples=0)
    return RunReport(
        run=known[number],
        labels=[_label(opened, row, patterns[row["label"]][:top], examples) for row in labels],
        rejects=opened.rows("rejects", run=number),
        stages=stage_seconds(known[number]["folder"]),
        shared=shared_fragments({label: rows[:DEPTH] for label, rows in patterns.items()}, DEPTH),
        audit=audited,
        shown=_shown(opened, audited, patterns, findings, examples),
        findings=findings,
        difference=_difference(opened, known, number, before),
        rule_sets=rule_sets_of(opened, number),
    )


def fair(most: int, rows: int, labels: int) -> int:
    """How many rows a label gets where all have about `rows` together: one at least, at most `most`."""
    return max(1, min(most, rows // labels))


def _patterns(store: PatternStore, run: int, labels: Sequence[str], top: int) -> dict[str, list[Row]]:
    """The first patterns of each label, in the model's order."""
    found: dict[str, list[Row]] = {label: [] for label in labels}
    for row in store.stream("patterns", run=run, top=top):
        found[row["label"]].append(row)
    return found


def _label(store: PatternStore, row: Row, patterns: Sequence[Row], examples: int) -> LabelFacts:
    seen = first_examples(store, row["run"], row["label"], [each["fragment"] for each in patterns], examples)
    return LabelFacts(row, [PatternFacts(each, *seen[each["fragment"]]) for each in patterns])


def _shown(
    store: PatternStore, audited: Audit, patterns: Mapping[str, Sequence[Row]], findings: int, examples: int
) -> dict[tuple[str, str], PatternFacts]:
    """The first patterns with findings of each label, with examples."""
    rows = {(label, row["fragment"]): row for label, of_label in patterns.items() for row in of_label}
    shown = {}
    for label, found in groupby(audited.findings, key=lambda each: each.label):
        for fragment in [*dict.fromkeys(each.fragment for each in found)][:findings]:
            seen = examples_of(store, audited.run, label, fragment, examples)
            shown[label, fragment] = PatternFacts(rows[label, fragment], *seen)
    return shown


def _difference(store: PatternStore, known: Mapping[int, Row], run: int, before: int | None) -> Difference | None:
    """What changed since `before`, or the last published run before this."""
    published = [number for number, row in known.items() if row["status"] in PUBLISHED]
    if before is None:
        before = max((number for number in published if number < run), default=None)
    if before is None:
        return None
    if before == run:
        raise StoreError(f"run {run} can't be compared with itself: name another published run")
    counts = store.rows("difference_counts", before=before, after=run)
    top = fair(CHANGES, CHANGE_ROWS, max(len(counts), 1))
    return Difference(known[before], counts, store.rows("difference", before=before, after=run, top=top))
