"""The data of an audit: a run, the first patterns of its labels, and another run to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from camlode.config.errors import StoreError, did_you_mean
from camlode.sql.query.runs import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from camlode.pipeline.audit.findings import AuditLimits
    from camlode.sql import PatternStore, Row


@dataclass(frozen=True, slots=True)
class RunData:
    """The data that the checks read.

    run: the row of the audited run in the query "runs".
    patterns: the first patterns of each label, by label.
    other: the row of the run to compare with, if there is one.
    label: the label whose patterns are checked, None for all.
    """

    store: PatternStore
    run: Row
    patterns: Mapping[str, Sequence[Row]]
    other: Row | None
    label: str | None

    def includes_label(self, label: str) -> bool:
        """Whether the patterns of a label are checked."""
        return self.label in (None, label)

    def audited_patterns(self) -> Iterator[Row]:
        """Yield the patterns to check."""
        for label, patterns in self.patterns.items():
            if self.includes_label(label):
                yield from patterns


def read_run_data(
    store: PatternStore, run: int | None, against: int | None, label: str | None, limits: AuditLimits
) -> RunData:
    """Read the first patterns of each label of a published run, by default the current one.

    Raises:
        StoreError: there is no such run or label, or the run cannot be compared with `against`.
    """
    labels = store.rows("labels", run=run)
    runs = store.rows("runs")
    number = labels[0]["run"] if labels else run
    audited = next(row for row in runs if row["run"] == number)
    patterns: dict[str, list[Row]] = {row["label"]: [] for row in labels}
    if label is not None and label not in patterns:
        raise StoreError(f"run {number} has no label {label!r}: {did_you_mean(label, [*patterns])}")
    for row in store.stream("patterns", run=number, top=limits.top):
        if row["share"] >= limits.min_share:
            patterns[row["label"]].append(row)
    return RunData(store, audited, patterns, find_comparison_run(runs, audited, against), label)


def find_comparison_run(runs: Sequence[Row], run: Row, against: int | None) -> Row | None:
    """Find the run to compare with: `against`, or by default the last run of the same model on another corpus.

    The default prefers a run that was compared with gold labels; None if there is no run.

    Raises:
        StoreError: `against` is not published, is of another model, or on the same corpus.
    """
    if against is None:
        candidates = [row for row in runs if row["status"] in PUBLISHED and not _incomparable_reason(run, row)]
        return next(
            (row for row in reversed(candidates) if not missing_gold_reason(row)),
            candidates[-1] if candidates else None,
        )
    row = next((row for row in runs if row["run"] == against and row["status"] in PUBLISHED), None)
    if row is None:
        raise StoreError(f"there is no published run {against} to compare with: camlode runs lists them")
    if skip_reason := _incomparable_reason(run, row):
        raise StoreError(f"run {run['run']} can't be compared with run {against}: {skip_reason}")
    return row


def missing_matches_reason(run: Row) -> str | None:
    """Return why the occurrences of a run's patterns are unknown, None if they are known."""
    if run["matched_documents"] is not None:
        return None
    return f"run {run['run']} was mined with patterns.match off, so it is not known where its patterns occur"


def missing_gold_reason(run: Row) -> str | None:
    """Return why a run's patterns were not compared with gold labels, None if they were."""
    if (skip_reason := missing_matches_reason(run)) is not None or run["gold_documents"]:
        return skip_reason
    return f"the corpus of run {run['run']} has no gold labels (corpus.label names their column)"


def _incomparable_reason(run: Row, other: Row) -> str | None:
    if other["model_digest"] != run["model_digest"]:
        return f"it is of another model, {other['model']}"
    if other["corpus_digest"] == run["corpus_digest"]:
        return f"it is of the same corpus, {other['corpus']}"
    return None
