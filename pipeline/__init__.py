"""camlode: mines the fragments of text that make a classifier say each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config import load_job
    from pipeline.explaining import explain
    from pipeline.explanation import Explanation
    from pipeline.mining import mine, retry
    from pipeline.runs.report import MineReport

__all__ = ["Explanation", "MineReport", "explain", "load_job", "mine", "retry"]

_HOMES = {
    "Explanation": "pipeline.explanation",
    "MineReport": "pipeline.runs.report",
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
