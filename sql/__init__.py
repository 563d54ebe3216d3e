"""The pattern store: everything that knows SQL.

Importing this loads neither SQLAlchemy nor pandas: reading a SQLite store as dicts needs neither.
"""

from __future__ import annotations

from camlode.sql.ownership import has_ended, is_running_here, run_in_use_error
from camlode.sql.query.patterns import PatternFilter
from camlode.sql.records import CorpusEntry, LedgerEntry, ModelEntry, Row, RuleMeasure, RunCounts, RunResult, RunStart
from camlode.sql.store import PatternStore
from camlode.sql.store_url import mask_password

__all__ = [
    "CorpusEntry",
    "LedgerEntry",
    "ModelEntry",
    "PatternFilter",
    "PatternStore",
    "Row",
    "RuleMeasure",
    "RunCounts",
    "RunResult",
    "RunStart",
    "has_ended",
    "is_running_here",
    "mask_password",
    "run_in_use_error",
]
