"""The pattern store: everything that knows SQL.

Importing this loads neither SQLAlchemy nor pandas: reading a SQLite store as plain rows needs neither.
"""

from __future__ import annotations

from sql.address import masked
from sql.ownership import at_work, has_ended, works_here
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
    "at_work",
    "has_ended",
    "masked",
    "works_here",
]
