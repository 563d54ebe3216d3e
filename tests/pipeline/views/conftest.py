"""Explanations made up for a test, and a report with every section; texts that would do harm if they were obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.audit.findings import Audit, AuditFinding, AuditLimits, CheckSummary
from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance
from camlode.pipeline.report.model import ReportLabel, ReportPattern, RunDifference, RunReport, SharedFragments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOSTILE = "</style><script>alert(1)</script>\"'`|<b>&amp;\u202e\0\x1b[31m\ud800\n* [a](http://b)"

RUN: dict[str, Any] = {
    "run": 2,
    "status": "complete",
    "current": True,
    "model": "cnn",
    "model_version": "7",
    "model_digest": "d2",
    "corpus": "reviews",
    "corpus_digest": "c1",
    "method": "grad-cam",
    "unit": "word",
    "documents_read": 1200,
    "documents_explained": 1190,
    "documents_rejected": 10,
    "documents_truncated": 0,
    "matched_documents": 1190,
    "gold_documents": 1000,
    "shards": 3,
    "failed_shards": 0,
    "started": datetime(2025, 3, 1, 12, 0, tzinfo=UTC),
    "ended": datetime(2025, 3, 1, 12, 5, tzinfo=UTC),
}
LABEL: dict[str, Any] = {
    "label": "praise",
    "patterns": 40,
    "importance": 200.0,
    "documents": 100,
    "gold_documents": 120,
    "agreed_documents": 90,
}
PATTERN: dict[str, Any] = {
    "label": "praise",
    "fragment": "very good",
    "rank": 1,
    "importance": 12.0,
    "documents": 4,
    "share": 0.25,
    "precision": 0.75,
    "precision_lower": 0.4,
    "gold_precision": 0.625,
    "gold_precision_lower": 0.3,
    "review": "accepted",
}
SEEN = {"left": "it was ", "hit": "very good", "right": " indeed"}
NOT_SEEN = {"left": "not ", "hit": "very good", "right": ", no"}
COUNTED = {"label": "praise", "before": 41, "after": 40, "kept": 30, "gained": 10, "lost": 11}
CHANGED: dict[str, Any] = {
    "label": "praise",
    "change": "moved",
    "fragment": "very good",
    "rank_before": 3,
    "rank_after": 1,
    "importance_before": 6.0,
    "importance_after": 12.0,
    "share_before": 0.125,
    "share_after": 0.25,
    "share_change": 0.125,
}
RULES: dict[str, Any] = {
    "name": "shop",
    "version": 3,
    "rules": 1200,
    "corpus": "held out",
    "against": "model",
    "accuracy": 0.9,
    "micro_f1": None,
    "macro_f1": 0.875,
    "coverage": 1.0,
    "covered_accuracy": None,
    "conflicts": None,
}


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def explained() -> Callable[..., Explanation]:
    """An explanation of a text whose tokens are its characters, with the importances given, 0 for the rest."""

    def make(text: str, importances: Sequence[float] = (), label: str = "l", **options: Any) -> Explanation:
        values = [*importances, *[0.0] * (len(text) - len(importances))]
        tokens = tuple(TokenImportance(text[i], i, i + 1, value) for i, value in enumerate(values))
        return Explanation(text, (LabelExplanation(label, 0.75, tokens, tokens[:1]),), **options)

    return make


@pytest.fixture
def report() -> RunReport:
    """Run 2: praise with one pattern, and complaint with none."""
    pattern = ReportPattern(PATTERN, [SEEN], [NOT_SEEN])
    other = {**PATTERN, "label": "complaint", "rank": 7}
    nothing = {**LABEL, "label": "complaint", "patterns": 0, "importance": 0.0, "agreed_documents": 0}
    return RunReport(
        run=RUN,
        labels=[ReportLabel(LABEL, [pattern]), ReportLabel(nothing, [])],
        rejects=[{"reason": "empty_text", "documents": 10}],
        stages={"read": 1.0, "attribute": 4.0},
        shared=SharedFragments(
            100, ["praise", "complaint"], [[40, 1], [1, 9]], [("very good", [PATTERN, other])], left_out=0
        ),
        audit=Audit(
            run=2,
            model="cnn",
            corpus="reviews",
            against=None,
            limits=AuditLimits(),
            findings=(finding("low_precision"), finding("concentrated")),
            summaries=(
                CheckSummary("low_precision", 40, 1, 1, None),
                CheckSummary("falling_precision", 0, 0, 0, "there is no other run"),
                CheckSummary("concentrated", 40, 1, 0, None),
            ),
            numbers=(),
        ),
        shown={("praise", "very good"): pattern},
        findings=5,
        difference=RunDifference({**RUN, "run": 1}, [COUNTED], [CHANGED]),
        rule_sets=[RULES],
    )


@pytest.fixture
def hostile_report(report: RunReport) -> RunReport:
    """The same, every text in it from a corpus, a model or a person being HOSTILE."""
    pattern = {**PATTERN, "label": HOSTILE, "fragment": HOSTILE}
    facts = ReportPattern(pattern, [dict.fromkeys(SEEN, HOSTILE)], [dict.fromkeys(SEEN, HOSTILE)])
    run = {**RUN, **dict.fromkeys(("model", "model_version", "corpus", "method"), HOSTILE)}
    places = [pattern, {**pattern, "label": f"{HOSTILE}2"}]
    return replace(
        report,
        run=run,
        labels=[ReportLabel({**LABEL, "label": HOSTILE}, [facts])],
        rejects=[{"reason": HOSTILE, "documents": 1}],
        stages={HOSTILE: 1.0},
        shared=replace(report.shared, labels=[HOSTILE, f"{HOSTILE}2"], fragments=[(HOSTILE, places)]),
        audit=replace(
            report.audit,
            findings=(replace(finding("low_precision"), label=HOSTILE, fragment=HOSTILE, why=HOSTILE),),
            summaries=(CheckSummary("low_precision", 0, 0, 0, HOSTILE),),
        ),
        shown={(HOSTILE, HOSTILE): facts},
        difference=RunDifference(
            {**run, "run": 1, "model_digest": "d1"},
            [{**COUNTED, "label": HOSTILE}],
            [{**CHANGED, "label": HOSTILE, "fragment": HOSTILE}],
        ),
        rule_sets=[{**RULES, "name": HOSTILE, "corpus": HOSTILE}],
    )


def finding(check: str) -> AuditFinding:
    return AuditFinding(
        check=check,
        label="praise",
        fragment="very good",
        rank=1,
        share=0.25,
        importance=12.0,
        documents=4,
        review="accepted",
        why=f"“very good” is {check}",
        numbers={},
        examples=(),
        counter_examples=(),
    )
