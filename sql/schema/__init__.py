"""The tables of the pattern store. They may change with a release: the views are what users can rely on."""

from __future__ import annotations

from sql.schema.base import Base
from sql.schema.ledger import LedgerShard
from sql.schema.patterns import Example, Fragment, Pattern
from sql.schema.runs import Label, Reject, Run

__all__ = ["Base", "Example", "Fragment", "Label", "LedgerShard", "Pattern", "Reject", "Run"]
