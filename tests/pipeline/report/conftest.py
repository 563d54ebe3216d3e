"""A report with every section, one of hostile texts, and a store of two published runs that no test writes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.audit.findings import Audit, AuditFinding, AuditLimits, CheckSummary
from camlode.pipeline.report.contents import ReportLabel, ReportPattern, RunDifference, RunReport, SharedFragments
from camlode.sql import PatternStore
from tests.factories import make_pattern
from tests.pipeline.commands.conftest import MODEL, Mined
from tests.pipeline.faithfulness.test_view import REPORT
from tests.pipeline.hostile import HOSTILE

if TYPE_CHECKING:
    from camlode.pipeline.faithfulness.report import FaithfulnessReport

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
PATTERN = make_pattern("praise", 1, "very good", share=0.25, review="accepted")
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
        finding_examples={("praise", "very good"): pattern},
        max_patterns_with_findings=5,
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
        finding_examples={(HOSTILE, HOSTILE): facts},
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


@pytest.fixture
def faithfulness() -> FaithfulnessReport:
    """A method that survives the randomised model, and a baseline."""
    return REPORT


@pytest.fixture(scope="session")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Mined:
    """Run 1 without the match pass; run 2, the current one, of a newer model and with more patterns."""
    found = Mined(str(tmp_path_factory.mktemp("reporting") / "patterns.db"))
    found.publish({"数码": ["电脑", "耳机"], "食物": ["水果"]})
    places = [
        {"label": "数码", "fragment": "电脑"},
        {"label": "数码", "fragment": "电脑", "position": 2, "document": "b"},
        {"label": "数码", "fragment": "电脑", "kind": "counter", "document": "c", "importance": None},
        {"label": "数码", "fragment": "好的", "document": "d"},
        {"label": "食物", "fragment": "好的", "document": "e"},
    ]
    newer = replace(MODEL, version="2", digest="d2")
    found.publish(
        {"数码": ["电脑", "图", "好的"], "食物": ["水果", "好的", "电脑"]}, matched=True, examples=places, model=newer
    )
    return found


@pytest.fixture
def store(mined: Mined) -> PatternStore:
    return PatternStore(mined.path)
