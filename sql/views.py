"""The views: the stable interface for SQL, whatever becomes of the tables. docs/store.md describes each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.sql.query.patterns import MEASURES, REVIEW
from camlode.sql.schema import Base

if TYPE_CHECKING:
    from sqlalchemy import Connection

METADATA = Base.metadata
"""All tables, except the search index and the revision table."""

_MEASURES = ", ".join(f"patterns.{name}" for name in MEASURES)

_PATTERN_JOINS = """
FROM runs
JOIN labels ON labels.run_id = runs.id
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id"""

_PUBLISHED = "runs.status IN ('complete', 'incomplete')"

_RULE_MEASURES = ", ".join(
    f"max(CASE WHEN measured.measure = '{name}' THEN measured.value END) AS {name}"
    for name in ("documents", "accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")
)

_DIFFERENCE_HALF = """
SELECT one_run.id AS run_before, other_run.id AS run_after, one_label.name AS label, fragments.text AS fragment,
       {change} AS change, {ranks}, {importances}, {shares},
       {share_change} AS share_change
FROM runs AS {near}_run
JOIN labels AS {near}_label ON {near}_label.run_id = {near}_run.id
JOIN runs AS {far}_run ON {far}_run.id <> {near}_run.id
JOIN patterns AS {near} ON {near}.label_id = {near}_label.id
JOIN fragments ON fragments.id = {near}.fragment_id
LEFT JOIN labels AS {far}_label ON {far}_label.run_id = {far}_run.id AND {far}_label.name = {near}_label.name
LEFT JOIN patterns AS {far} ON {far}.label_id = {far}_label.id AND {far}.fragment_id = {near}.fragment_id
WHERE one_run.status IN ('complete', 'incomplete') AND other_run.status IN ('complete', 'incomplete') {condition}
"""


def _build_difference() -> str:
    """Build the query for the patterns of the first of two runs, and for those of only the second."""
    both_sides = {
        name + "s": f"one.{name} AS {name}_before, other.{name} AS {name}_after"
        for name in ("rank", "importance", "share")
    }
    change = "coalesce(other.share, 0) - coalesce(one.share, 0)"
    first = _DIFFERENCE_HALF.format(
        near="one",
        far="other",
        change="CASE WHEN other.rank IS NULL THEN 'lost' ELSE 'moved' END",
        share_change=change,
        condition="",
        **both_sides,
    )
    second = _DIFFERENCE_HALF.format(
        near="other", far="one", change="'gained'", share_change=change, condition="AND one.rank IS NULL", **both_sides
    ).replace("one_label.name AS label", "other_label.name AS label")
    return f"{first}UNION ALL{second}"


VIEWS = {
    "top_patterns": f"""
SELECT runs.id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment, {_MEASURES}, {REVIEW} AS review
{_PATTERN_JOINS}
WHERE runs.current IS TRUE""",
    "pattern_precision": f"""
SELECT runs.id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment, patterns.importance,
       patterns.matched_documents, patterns.predicted_documents, patterns.precision, patterns.precision_lower,
       patterns.labelled_documents, patterns.gold_documents, patterns.gold_precision, patterns.gold_precision_lower,
       patterns.coverage, patterns.lift, patterns.log_odds_z, {REVIEW} AS review
{_PATTERN_JOINS}
WHERE {_PUBLISHED} AND patterns.matched_documents IS NOT NULL""",
    "label_summary": f"""
SELECT runs.id AS run, labels.position, labels.name AS label, labels.documents, labels.gold_documents,
       labels.agreed_documents, labels.importance,
       (SELECT count(*) FROM patterns WHERE patterns.label_id = labels.id) AS patterns,
       (SELECT fragments.text FROM patterns JOIN fragments ON fragments.id = patterns.fragment_id
        WHERE patterns.label_id = labels.id AND patterns.rank = 1) AS first_fragment
FROM runs
JOIN labels ON labels.run_id = runs.id
WHERE {_PUBLISHED}""",  # noqa: S608 (constants only)
    "run_summary": """
SELECT runs.id AS run, runs.status, runs.current, models.name AS model, models.version AS model_version, models.task,
       corpora.name AS corpus, runs.method, runs.unit, runs.started, runs.ended, runs.documents_read,
       runs.documents_explained, runs.documents_rejected, runs.gold_documents, runs.matched_documents,
       (SELECT count(*) FROM labels WHERE labels.run_id = runs.id) AS labels,
       (SELECT count(*) FROM labels JOIN patterns ON patterns.label_id = labels.id
        WHERE labels.run_id = runs.id) AS patterns
FROM runs
JOIN models ON models.id = runs.model_id
JOIN corpora ON corpora.id = runs.corpus_id""",
    "run_difference": _build_difference(),
    "rule_set_summary": f"""
SELECT rule_sets.name, rule_sets.version, rule_sets.run, rule_sets.task, rule_sets.labels, rule_sets.rules,
       rule_sets.author, rule_sets.created, measured.corpus, measured.against, {_RULE_MEASURES}
FROM rule_sets
LEFT JOIN rule_set_evaluations AS measured ON measured.rule_set_id = rule_sets.id
GROUP BY rule_sets.id, measured.corpus, measured.against""",  # noqa: S608 (constants only)
}


def create_views(connection: Connection) -> None:
    """Create all views; none may exist yet."""
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {_adapt_to_dialect(query, connection)}")


def _adapt_to_dialect(query: str, connection: Connection) -> str:
    """SQLite uses the partial index on the current run only if the condition is written exactly as in the index."""
    return query.replace("IS TRUE", "IS 1") if connection.dialect.name == "sqlite" else query


def drop_views(connection: Connection) -> None:
    """Drop the existing views, so that tables can be changed."""
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
