"""The tables of the pattern store. They may change with a release: the views are what users can rely on."""

from __future__ import annotations

from sql.schema.base import Base
from sql.schema.ledger import ShardRow
from sql.schema.patterns import ExampleRow, FragmentRow, PatternRow
from sql.schema.reviews import ReviewRow
from sql.schema.rule_sets import RuleEvaluationRow, RuleSetRow
from sql.schema.runs import LabelRow, RejectRow, RunRow
from sql.schema.search import create_search_index
from sql.schema.subjects import CorpusRow, ModelRow

__all__ = [
    "Base",
    "CorpusRow",
    "ExampleRow",
    "FragmentRow",
    "LabelRow",
    "ShardRow",
    "ModelRow",
    "PatternRow",
    "RejectRow",
    "ReviewRow",
    "RuleEvaluationRow",
    "RuleSetRow",
    "RunRow",
    "create_search_index",
]
