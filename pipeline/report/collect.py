"""Collect the data of a report from a store, a run's log, and the output of `camlode faithfulness`."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import combinations, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError, StoreError
from camlode.pipeline.audit.audit import audit
from camlode.pipeline.audit.findings import AuditLimits
from camlode.pipeline.report.contents import (
    ReportLabel,
    ReportPattern,
    RunDifference,
    RunReport,
    SharedFragments,
    flatten_measures,
)
from camlode.sql import PatternStore
from camlode.sql.query.runs import PUBLISHED

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from camlode.pipeline.audit.findings import Audit
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.sql import Row

AUDIT_LIMITS = AuditLimits()

SHARED_DEPTH = AUDIT_LIMITS.top
"""Patterns of each label that are searched for fragments of several labels: as many as are audited."""

MAX_PATTERNS, MAX_FINDINGS, MAX_CHANGES = 10, 5, 5
"""Maximum number of a label's patterns, of its patterns with findings shown in full, and of its changes."""

MAX_PATTERN_ROWS, MAX_FINDING_ROWS, MAX_CHANGE_ROWS = 300, 150, 150
"""About how many rows all labels share, so that a page of many labels stays small enough to send."""

MAX_LABELS = 40
"""Maximum number of labels in the map."""

MAX_FRAGMENTS = 15
"""Maximum number of shared fragments that are named."""

LOG_NAME = "run.log"
"""The log in a run's folder; see `camlode.pipeline.runs.log`."""

RULE_SET_COLUMNS = ("name", "version", "rules", "author", "created")
EXAMPLE_KINDS = ("supporting", "counter")

Examples = tuple[list["Row"], list["Row"]]
"""Examples and counter-examples of a pattern."""


def collect_report(
    store: PatternStore | str | os.PathLike[str],
    run: int | None = None,
    *,
    before: int | None = None,
    top: int | None = None,
    examples: int = 1,
) -> RunReport:
    """Collect the report of a published run.

    Args:
        store: a pattern store, or its path or URL.
        run: the run's number; by default the current run.
        before: the published run to compare with; by default the last one before `run`.
        top: maximum number of patterns per label; by default MAX_PATTERNS, fewer if there are many labels.
        examples: maximum number of examples, and of counter-examples, per pattern.

    Raises:
        StoreError: there is no such store or run, or `before` is the run itself.
    """
    opened = store if isinstance(store, PatternStore) else PatternStore(store)
    labels = opened.rows("labels", run=run)
    runs = {row["run"]: row for row in opened.rows("runs")}
    number, max_findings = labels[0]["run"], rows_per_label(MAX_FINDINGS, MAX_FINDING_ROWS, len(labels))
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
        finding_examples=_read_finding_examples(opened, audited, patterns, max_findings, examples),
        max_patterns_with_findings=max_findings,
        difference=_compare_runs(opened, runs, number, before),
        rule_sets=read_rule_sets(opened, number),
    )


def rows_per_label(maximum: int, rows: int, labels: int) -> int:
    """Return the number of rows per label if all labels share about `rows`: from 1 to `maximum`."""
    return max(1, min(maximum, rows // labels))


def _read_patterns(store: PatternStore, run: int, labels: Sequence[str], top: int) -> dict[str, list[Row]]:
    """Read the first patterns of each label, in the model's order."""
    patterns: dict[str, list[Row]] = {label: [] for label in labels}
    for row in store.stream("patterns", run=run, top=top):
        patterns[row["label"]].append(row)
    return patterns


def _read_label(store: PatternStore, row: Row, patterns: Sequence[Row], examples: int) -> ReportLabel:
    seen = read_first_examples(store, row["run"], row["label"], [each["fragment"] for each in patterns], examples)
    return ReportLabel(row, [ReportPattern(each, *seen[each["fragment"]]) for each in patterns])


def _read_finding_examples(
    store: PatternStore, audited: Audit, patterns: Mapping[str, Sequence[Row]], max_patterns: int, examples: int
) -> dict[tuple[str, str], ReportPattern]:
    """Read examples of the first patterns with findings of each label."""
    rows = {(label, row["fragment"]): row for label, label_rows in patterns.items() for row in label_rows}
    shown = {}
    for label, findings in groupby(audited.findings, key=lambda finding: finding.label):
        for fragment in [*dict.fromkeys(finding.fragment for finding in findings)][:max_patterns]:
            seen = read_examples(store, audited.run, label, fragment, examples)
            shown[label, fragment] = ReportPattern(rows[label, fragment], *seen)
    return shown


def _compare_runs(store: PatternStore, runs: Mapping[int, Row], run: int, before: int | None) -> RunDifference | None:
    """Compare with `before`, or with the last published run before this one."""
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


def read_first_examples(
    store: PatternStore, run: int, label: str, fragments: Sequence[str], limit: int
) -> dict[str, Examples]:
    """Read at most `limit` examples and counter-examples each of a label's first patterns, `fragments`."""
    by_fragment: dict[str, Examples] = {fragment: ([], []) for fragment in fragments}
    if not limit or not fragments:
        return by_fragment
    rows = store.stream("examples", run=run, label=label)
    with closing(rows):  # type: ignore[type-var]
        for row in rows:
            if row["fragment"] not in by_fragment:  # they come by rank: all others are beyond the first, too
                break
            _add_example(by_fragment[row["fragment"]], row, limit)
    return by_fragment


def read_examples(store: PatternStore, run: int, label: str, fragment: str, limit: int) -> Examples:
    """Read at most `limit` examples and counter-examples of one pattern."""
    examples: Examples = ([], [])
    rows: Iterable[Row] = store.stream("examples", run=run, label=label, fragment=fragment) if limit else ()
    for row in rows:
        _add_example(examples, row, limit)
    return examples


def _add_example(examples: Examples, row: Row, limit: int) -> None:
    kept = examples[EXAMPLE_KINDS.index(row["kind"])]
    if len(kept) < limit:
        kept.append(row)


def find_shared_fragments(patterns: Mapping[str, Sequence[Row]], depth: int) -> SharedFragments:
    """Count the fragments that each two labels have in common among their first `depth` patterns."""
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
    """Return the labels that share most, in the model's order."""
    shared = {label: sum(row.values()) - row[label] for label, row in counts.items()}
    selected = {*sorted(shared, key=lambda label: -shared[label])[:MAX_LABELS]}
    return [label for label in counts if label in selected]


def _select_fragments(several: Sequence[tuple[str, list[Row]]]) -> list[tuple[str, Sequence[Row]]]:
    """Return the fragments that most labels share; ties by the sum of their shares of importance."""

    def sort_key(each: tuple[str, list[Row]]) -> tuple[int, float, str]:
        fragment, rows = each
        return -len(rows), -sum(row["share"] for row in rows), fragment

    return [
        (text, sorted(rows, key=lambda row: row["rank"]))
        for text, rows in sorted(several, key=sort_key)[:MAX_FRAGMENTS]
    ]


def read_rule_sets(store: PatternStore, run: int) -> list[Row]:
    """Read the last version of each rule set made from the run, flattened."""
    last = {row["name"]: row for row in store.stream("rule_sets") if row["run"] == run}
    return [flat for row in last.values() for flat in flatten_measures(row, RULE_SET_COLUMNS)]


def read_faithfulness(path: Path) -> FaithfulnessReport:
    """Read a comparison of methods: the output of `camlode faithfulness --format json`.

    Raises:
        CamlodeError: there is no such file, or it has other content.
    """
    from pydantic import TypeAdapter, ValidationError

    from camlode.pipeline.faithfulness.report import FaithfulnessReport

    try:
        return TypeAdapter(FaithfulnessReport).validate_json(path.read_bytes())
    except OSError as error:
        raise CamlodeError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(map(str, first["loc"])) or "top level"
        raise CamlodeError(
            f"{path} is not a comparison of methods: {location}: {first['msg']}; expected the output of "
            "camlode faithfulness JOB --format json"
        ) from error


def read_stage_seconds(folder: str) -> dict[str, float] | None:
    """Sum the seconds of all processes by stage, over the last successful attempt of each shard.

    Returns None if the log is not on this machine.
    """
    if "://" in folder:
        return None
    try:
        lines = (Path(folder) / LOG_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    done: dict[int, dict[str, float]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # a process that was killed can leave half a line
        if entry.get("state") == "done":
            done[entry["shard"]] = entry["seconds"]
    stages = dict.fromkeys((stage for seconds in done.values() for stage in seconds), 0.0)
    for seconds in done.values():
        for stage, value in seconds.items():
            stages[stage] += value
    return stages or None
