"""camlode mines, from a corpus and a trained text classifier, the fragments of text behind each class.

This is the public face: everything listed in `__all__`, loaded on first use, so that querying a store imports
neither TensorFlow nor Ray. The packages below it (`camlode.pipeline`, `camlode.sql`, …) are internal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camlode.config import Job, load_job, parse_job
    from camlode.config.errors import (
        CamlodeError,
        CorpusError,
        JobError,
        ModelError,
        RulesError,
        StoreError,
        TokenizerError,
        WorkerError,
    )
    from camlode.pipeline.audit.audit import audit
    from camlode.pipeline.audit.findings import Audit, AuditLimits
    from camlode.pipeline.explanations.explain import explain
    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance
    from camlode.pipeline.faithfulness.measure import faithfulness
    from camlode.pipeline.mining import mine, retry
    from camlode.pipeline.runs.summary import MineReport
    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.rule_set import Rule, RuleSet
    from camlode.sql.store import PatternStore

_MODULES = {
    "Audit": "pipeline.audit.findings",
    "AuditLimits": "pipeline.audit.findings",
    "CamlodeError": "config.errors",
    "CorpusError": "config.errors",
    "Explanation": "pipeline.explanations.explanation",
    "Job": "config.job",
    "JobError": "config.errors",
    "LabelExplanation": "pipeline.explanations.tokens",
    "MineReport": "pipeline.runs.summary",
    "ModelError": "config.errors",
    "PatternStore": "sql.store",
    "Rule": "rules.rule_set",
    "RuleClassifier": "rules.classifier",
    "RuleSet": "rules.rule_set",
    "RulesError": "config.errors",
    "StoreError": "config.errors",
    "TokenImportance": "pipeline.explanations.tokens",
    "TokenizerError": "config.errors",
    "WorkerError": "config.errors",
    "audit": "pipeline.audit.audit",
    "explain": "pipeline.explanations.explain",
    "faithfulness": "pipeline.faithfulness.measure",
    "load_job": "config.load",
    "mine": "pipeline.mining",
    "parse_job": "config.load",
    "retry": "pipeline.mining",
}

__all__ = [
    "Audit",
    "AuditLimits",
    "CamlodeError",
    "CorpusError",
    "Explanation",
    "Job",
    "JobError",
    "LabelExplanation",
    "MineReport",
    "ModelError",
    "PatternStore",
    "Rule",
    "RuleClassifier",
    "RuleSet",
    "RulesError",
    "StoreError",
    "TokenImportance",
    "TokenizerError",
    "WorkerError",
    "audit",
    "explain",
    "faithfulness",
    "load_job",
    "mine",
    "parse_job",
    "retry",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    # The next look-up finds it without coming here.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
