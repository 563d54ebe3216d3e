"""Audit a run: find the patterns that the model relies on but should not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import StoreError, did_you_mean
from camlode.pipeline.audit.checks import CONCENTRATED, FALLING_PRECISION, LOW_PRECISION
from camlode.pipeline.audit.findings import Audit, AuditFinding, AuditLimits, CheckSummary
from camlode.pipeline.audit.run_data import read_run_data
from camlode.pipeline.audit.text_checks import CONTRADICTING, NOT_A_WORD
from camlode.sql import PatternStore

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Sequence

    from camlode.pipeline.audit.checks import Check, FlaggedPattern
    from camlode.pipeline.audit.run_data import RunData
    from camlode.sql import Row

CHECKS = {check.name: check for check in (LOW_PRECISION, FALLING_PRECISION, CONCENTRATED, CONTRADICTING, NOT_A_WORD)}
"""All checks by name, in the order in which they are made and reported."""

EXAMPLES = 2
"""The default number of examples of a finding."""

_PATTERN_COLUMNS = ("label", "fragment", "rank", "share", "importance", "documents", "review")
_EXAMPLE_COLUMNS = ("document", "place", "left", "hit", "right", "importance")


def audit(
    store: PatternStore | str | os.PathLike[str],
    run: int | None = None,
    *,
    against: int | None = None,
    label: str | None = None,
    checks: Collection[str] | None = None,
    limits: AuditLimits | None = None,
    examples: int = EXAMPLES,
) -> Audit:
    """Find the patterns of a run that the model relies on but should not.

    Args:
        store: a pattern store, or its path or URL.
        run: a published run; the current one by default.
        against: the published run to compare precisions with, of the same model on another corpus; by default the last
            such run.
        label: audit only this label.
        checks: keys of CHECKS; all of them by default.
        limits: the limits from which on a pattern is listed.
        examples: the maximum number of examples of a finding, and of counter-examples.

    Raises:
        StoreError: there is no such store, run, label or check, or the run cannot be compared with `against`.
    """
    opened = store if isinstance(store, PatternStore) else PatternStore(store)
    chosen, limits = select_checks(checks), limits or AuditLimits()
    if against is not None and FALLING_PRECISION not in chosen:
        raise StoreError(f"a run to compare with is for {FALLING_PRECISION.name}, which is not among the checks")
    run_data = read_run_data(opened, run, against, label, limits)
    flagged, summaries = _run_checks(run_data, chosen, limits)
    other = run_data.other if FALLING_PRECISION in chosen else None
    return Audit(
        run=run_data.run["run"],
        model=run_data.run["model"],
        corpus=run_data.run["corpus"],
        against=None if other is None else other["run"],
        limits=limits,
        findings=_build_findings(run_data, flagged, examples),
        summaries=tuple(summaries),
        numbers=tuple(dict.fromkeys(name for check in chosen for name in check.numbers)),
    )


def select_checks(names: Collection[str] | None) -> list[Check]:
    """Return the checks of these names, in the order in which they are made; all of them for None.

    Raises:
        StoreError: there is no such check.
    """
    for name in names or ():
        if name not in CHECKS:
            raise StoreError(f"there is no check {name!r}: {did_you_mean(name, [*CHECKS])}")
    return [check for check in CHECKS.values() if names is None or check.name in names]


def _run_checks(
    run_data: RunData, checks: Iterable[Check], limits: AuditLimits
) -> tuple[list[tuple[str, FlaggedPattern]], list[CheckSummary]]:
    """Run the checks; return the flagged patterns with the names of the checks, and the counts."""
    flagged, summaries = [], []
    for check in checks:
        if (skip_reason := check.skip_reason(run_data)) is not None:
            summaries.append(CheckSummary(check.name, 0, 0, 0, skip_reason))
            continue
        judged = [*check.judge(run_data, limits)]
        found_flags = [each for each in judged if each is not None]
        accepted = sum(each.pattern["review"] == "accepted" for each in found_flags)
        summaries.append(CheckSummary(check.name, len(judged), len(found_flags), accepted, None))
        flagged += [(check.name, each) for each in found_flags]
    return flagged, summaries


def _build_findings(
    run_data: RunData, flagged: Sequence[tuple[str, FlaggedPattern]], examples: int
) -> tuple[AuditFinding, ...]:
    """Make findings in their order, reading the examples of a pattern once even if several checks list it."""
    patterns = {_pattern_key(flag): flag.pattern for _, flag in flagged}
    seen = {key: _read_examples(run_data, *key, examples) for key in patterns}
    findings = [
        AuditFinding(
            check=check,
            why=flag.why,
            numbers=flag.numbers,
            examples=seen[_pattern_key(flag)]["supporting"],
            counter_examples=seen[_pattern_key(flag)]["counter"],
            **{name: flag.pattern[name] for name in _PATTERN_COLUMNS},
        )
        for check, flag in flagged
    ]
    labels, order = [*run_data.patterns], [*CHECKS]
    return tuple(
        sorted(findings, key=lambda each: (labels.index(each.label), each.accepted, each.rank, order.index(each.check)))
    )


def _pattern_key(flag: FlaggedPattern) -> tuple[str, str]:
    return flag.pattern["label"], flag.pattern["fragment"]


def _read_examples(run_data: RunData, label: str, fragment: str, limit: int) -> dict[str, tuple[Row, ...]]:
    """Read the first `limit` examples and counter-examples of a pattern."""
    examples: dict[str, list[Row]] = {"supporting": [], "counter": []}
    if not limit:
        return dict.fromkeys(examples, ())
    for row in run_data.store.stream("examples", run=run_data.run["run"], label=label, fragment=fragment):
        examples[row["kind"]].append({name: row[name] for name in _EXAMPLE_COLUMNS})
    return {kind: tuple(rows[:limit]) for kind, rows in examples.items()}
