"""The tables of the pattern store. They may change with a release: the views are what users can rely on."""

from __future__ import annotations

from sql.schema.base import Base
from sql.schema.ledger import LedgerShard
from sql.schema.patterns import Example, Fragment, Pattern
from sql.schema.reviews import Review
from sql.schema.rule_sets import RuleEvaluation, RuleSetVersion
from sql.schema.runs import Label, Reject, Run
from sql.schema.search import create_search
from sql.schema.subjects import Corpus, Model

__all__ = [
    "Base",
    "Corpus",
    "Example",
    "Fragment",
    "Label",
    "LedgerShard",
    "Model",
    "Pattern",
    "Reject",
    "Review",
    "RuleEvaluation",
    "RuleSetVersion",
    "Run",
    "create_search",
]
