"""What a report tells of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.auditing.findings import Audit
    from pipeline.faithfulness.report import FaithfulnessReport
    from sql import Row


@dataclass(frozen=True, slots=True)
class ReportPattern:
    """A pattern (its row of the store), where it was important, and where it occurs in documents of other labels."""

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
    """Which labels lean on the same fragments.

    Of `labels`, `counts` says for each two how many fragments are among the first `depth` patterns of both; on the
    diagonal it is how many of them the label has. `fragments` are those that most labels share, each with the rows of
    its patterns; `left_out` is how many labels are not in the map, which share least.
    """

    depth: int
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    fragments: Sequence[tuple[str, Sequence[Row]]]
    left_out: int


@dataclass(frozen=True, slots=True)
class RunDifference:
    """What changed since another run: its row, the counts by label, and the biggest changes of each label."""

    before: Row
    counts: Sequence[Row]
    changes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that a report tells.

    `rejects` are by reason; `stages` the seconds of all processes by stage, None where the run's log is gone; `shown`
    are, by label and fragment, examples of the audit's findings that are shown in full, at most `findings` patterns of
    a label; `difference` is None for the first published run; `rule_sets` are the last versions of the sets that were
    made of this run, once for each corpus and kind of labels that they were measured on;
    `faithfulness` is what the store doesn't know.
    """

    run: Row
    labels: Sequence[ReportLabel]
    rejects: Sequence[Row]
    stages: Mapping[str, float] | None
    shared: SharedFragments
    audit: Audit
    shown: Mapping[tuple[str, str], ReportPattern]
    findings: int
    difference: RunDifference | None
    rule_sets: Sequence[Row]
    faithfulness: FaithfulnessReport | None = None
