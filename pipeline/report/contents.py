"""The data of a run's report, which the HTML and the Markdown show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from camlode.pipeline.display.numbers import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from camlode.pipeline.audit.findings import Audit
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.sql import Row

MEASURE_COLUMNS = ("accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")
"""Measures of rule sets that a report shows."""


@dataclass(frozen=True, slots=True)
class ReportPattern:
    """A pattern (its row of the store) with examples where it was important, and counter-examples of other labels."""

    row: Row
    examples: Sequence[Row]
    counter_examples: Sequence[Row]


@dataclass(frozen=True, slots=True)
class ReportLabel:
    """A label (its row of the store) and its first patterns by rank."""

    row: Row
    patterns: Sequence[ReportPattern]


@dataclass(frozen=True, slots=True)
class SharedFragments:
    """Fragments that are among the first `depth` patterns of several labels.

    labels: the labels of the map.
    counts: for each two of `labels`, the number of fragments that both have; on the diagonal a label's own number.
    fragments: those that most labels share, each with its patterns' rows.
    left_out: number of labels that are not in the map: those that share least.
    """

    depth: int
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    fragments: Sequence[tuple[str, Sequence[Row]]]
    left_out: int


@dataclass(frozen=True, slots=True)
class RunDifference:
    """The difference to another run: its row, the counts by label, and the biggest changes of each label."""

    before: Row
    counts: Sequence[Row]
    changes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class RunReport:
    """All data of a report.

    rejects: rejected documents by reason.
    stages: seconds of all processes by stage; None if the run's log is not on this machine.
    finding_examples: by label and fragment, examples for the audit's findings that the report shows in full.
    max_patterns_with_findings: maximum number of patterns of a label whose findings are shown in full.
    difference: None for the first published run.
    rule_sets: the last versions of the sets made from this run: a row for each corpus and kind of labels measured on.
    faithfulness: the output of `camlode faithfulness`, which the store does not have.
    """

    run: Row
    labels: Sequence[ReportLabel]
    rejects: Sequence[Row]
    stages: Mapping[str, float] | None
    shared: SharedFragments
    audit: Audit
    finding_examples: Mapping[tuple[str, str], ReportPattern]
    max_patterns_with_findings: int
    difference: RunDifference | None
    rule_sets: Sequence[Row]
    faithfulness: FaithfulnessReport | None = None


def compute_gold_measures(run: Row, label: Row) -> dict[str, float | None]:
    """Precision and recall of the model's predictions of a label, against the gold labels of a run's corpus.

    Keys are the columns' captions. Empty without gold labels. Precision is left out where some documents have none:
    the store counts all documents that were predicted the label, not those of them that have gold labels.
    """
    if not run["gold_documents"]:
        return {}
    agreed = label["agreed_documents"]
    recall = {"recall against gold labels": ratio(agreed, label["gold_documents"])}
    if run["gold_documents"] < run["documents_explained"]:
        return recall
    return {"precision against gold labels": ratio(agreed, label["documents"])} | recall


def flatten_measures(row: Row, columns: Sequence[str]) -> Iterator[Row]:
    """Yield rows of a rule set's `columns` and its measures: one for each corpus and kind of labels, at least one."""
    unmeasured = {name: row[name] for name in columns} | dict.fromkeys(("corpus", "against", *MEASURE_COLUMNS))
    measured: dict[tuple[Any, ...], Row] = {}
    for each in row["evaluations"]:
        measured_on = {"corpus": each["corpus"], "against": each["against"]}
        measured.setdefault(tuple(measured_on.values()), unmeasured | measured_on)[each["measure"]] = each["value"]
    yield from measured.values() or (unmeasured,)
