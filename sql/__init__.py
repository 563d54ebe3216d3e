"""The pattern store: everything that knows SQL.

Importing this loads neither SQLAlchemy nor pandas: reading a SQLite store as plain rows needs neither.
"""

from __future__ import annotations

from sql.address import mask_password
from sql.ownership import has_ended, is_running_here, run_in_use_error
from sql.records import CorpusEntry, LedgerEntry, ModelEntry, Row, RuleMeasure, RunCounts, RunResult, RunStart
from sql.store import PatternStore

__all__ = [
    "CorpusEntry",
    "LedgerEntry",
    "ModelEntry",
    "PatternStore",
    "Row",
    "RuleMeasure",
    "RunCounts",
    "RunResult",
    "RunStart",
    "run_in_use_error",
    "has_ended",
    "mask_password",
    "is_running_here",
]
