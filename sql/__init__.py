"""The pattern store: everything that knows SQL.

Importing this loads neither SQLAlchemy nor pandas: reading a SQLite store as plain rows needs neither.
"""

from __future__ import annotations

from sql.address import masked
from sql.records import Row, RunCounts, RunResult, RunStart
from sql.store import PatternStore

__all__ = ["PatternStore", "Row", "RunCounts", "RunResult", "RunStart", "masked"]
