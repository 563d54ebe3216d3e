"""camlode: mines the fragments of text that make a classifier say each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config import load_job
    from pipeline.auditing.findings import Audit
    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.running import audit
    from pipeline.explaining import explain
    from pipeline.explanation import Explanation
    from pipeline.mining import mine, retry
    from pipeline.runs.report import MineReport

__all__ = ["Audit", "AuditLimits", "Explanation", "MineReport", "audit", "explain", "load_job", "mine", "retry"]

_HOMES = {
    "Audit": "pipeline.auditing.findings",
    "AuditLimits": "pipeline.auditing.limits",
    "Explanation": "pipeline.explanation",
    "MineReport": "pipeline.runs.report",
    "audit": "pipeline.auditing.running",
    "explain": "pipeline.explaining",
    "load_job": "config",
    "mine": "pipeline.mining",
    "retry": "pipeline.mining",
}


def __getattr__(name: str) -> Any:
    # Looked up when asked for, so that querying a store loads neither Ray nor TensorFlow.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
