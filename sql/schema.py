"""The tables of the pattern store, of the latest revision.

Tables may change with a release, by a new revision in sql/migrations; the views are the stable interface. Reviews and
rule sets outlive the runs they were made from; models and corpora are shared by runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from camlode.sql.search_index import SEARCH_INDEX_DDL

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""Every constraint has a name, so that a revision can drop it."""

ANY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that both databases order by code points."""

LARGE_KEY = BigInteger().with_variant(Integer, "sqlite")
"""A key that may exceed 2³¹; SQLite assigns ids only to a key whose type is called INTEGER."""

Count = Annotated[int, "a count, which may exceed 2³¹"]
Logits = Annotated[float, "importance, in logits"]

LabelKey = Annotated[int, mapped_column(ForeignKey("labels.id"), primary_key=True)]
RunKey = Annotated[int, mapped_column(ForeignKey("runs.id"), primary_key=True)]
FragmentId = Annotated[int, mapped_column(LARGE_KEY, ForeignKey("fragments.id"))]


class Base(DeclarativeBase):
    """All tables of the store."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: ANY_TEXT,
        float: Double,
        datetime: DateTime(timezone=True),
        Count: BigInteger,
        Logits: Double,
    }


class RunRow(Base):
    """One mining job. Its counts are null until it is published; once it is complete only `current` can change.

    An incomplete run is published, but lacks the documents of its failed shards. `parts` are the fingerprint's, by
    section; `unit` is that of its fragments; `folder` has the shards' results; `owner` is the process that works at it,
    which renewed `heartbeat` last. `parts`, `settings` and `versions` are JSON objects.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    corpus_id: Mapped[int] = mapped_column(ForeignKey("corpora.id"))
    fingerprint: Mapped[str]
    parts: Mapped[str]
    status: Mapped[str]
    current: Mapped[bool]
    method: Mapped[str]
    unit: Mapped[str]
    settings: Mapped[str]
    versions: Mapped[str]
    folder: Mapped[str]
    owner: Mapped[str | None]
    heartbeat: Mapped[datetime | None]
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    documents_read: Mapped[Count | None]
    documents_explained: Mapped[Count | None]
    documents_rejected: Mapped[Count | None]
    documents_truncated: Mapped[Count | None]
    duplicate_ids: Mapped[Count | None]
    gold_documents: Mapped[Count | None]
    matched_documents: Mapped[Count | None]
    padding_share: Mapped[float | None]
    empty_maps: Mapped[Count | None]
    residual: Mapped[float | None]
    shards: Mapped[Count | None]
    failed_shards: Mapped[Count | None]

    __table_args__ = (
        CheckConstraint("status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')", name="status"),
        CheckConstraint("NOT current OR status IN ('complete', 'incomplete')", name="current_published"),
        CheckConstraint("unit IN ('word', 'char')", name="unit"),
        # AUTOINCREMENT: the number of a deleted run is never reused.
        {"sqlite_autoincrement": True},
    )


Index(
    "uq_runs_current",
    RunRow.current,
    unique=True,
    sqlite_where=RunRow.current.is_(True),
    postgresql_where=RunRow.current.is_(True),
)


class LabelRow(Base):
    """A label of the model of one run, in the model's order; the counts are of documents."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    position: Mapped[int]
    name: Mapped[str]
    documents: Mapped[Count]
    gold_documents: Mapped[Count | None]
    agreed_documents: Mapped[Count | None]
    importance: Mapped[Logits]

    __table_args__ = (UniqueConstraint("run_id", "name"), UniqueConstraint("run_id", "position"))


class RejectRow(Base):
    """How many documents of a run were rejected for one reason."""

    __tablename__ = "rejects"

    run_id: Mapped[RunKey]
    reason: Mapped[str] = mapped_column(primary_key=True)
    documents: Mapped[Count]


class FragmentRow(Base):
    """A piece of text, verbatim, shared by all runs; `normalised` is the text that matching compares."""

    __tablename__ = "fragments"

    id: Mapped[int] = mapped_column(LARGE_KEY, primary_key=True)
    text: Mapped[str]
    normalised: Mapped[str]
    characters: Mapped[int]

    __table_args__ = (
        UniqueConstraint("text").ddl_if(dialect="sqlite"),
        # A hash index: PostgreSQL's B-trees refuse texts of more than 2,704 bytes.
        ExcludeConstraint(("text", "="), using="hash", name="uq_fragments_text").ddl_if(dialect="postgresql"),
    )


class PatternRow(Base):
    """A fragment with its statistics for one label, and so for one run; columns of the match pass are null without one.

    The columns are those of `RunResult.patterns`.
    """

    __tablename__ = "patterns"

    label_id: Mapped[LabelKey]
    fragment_id: Mapped[int] = mapped_column(LARGE_KEY, ForeignKey("fragments.id"), primary_key=True)
    rank: Mapped[int]
    units: Mapped[int]
    importance: Mapped[Logits]
    mean: Mapped[Logits]
    share: Mapped[float]
    documents: Mapped[Count]
    occurrences: Mapped[Count]
    matched_documents: Mapped[Count | None]
    matched_occurrences: Mapped[Count | None]
    predicted_documents: Mapped[Count | None]
    labelled_documents: Mapped[Count | None]
    gold_documents: Mapped[Count | None]
    precision: Mapped[float | None]
    precision_lower: Mapped[float | None]
    gold_precision: Mapped[float | None]
    gold_precision_lower: Mapped[float | None]
    coverage: Mapped[float | None]
    lift: Mapped[float | None]
    log_odds_z: Mapped[float | None]
    c_value: Mapped[float]
    maximal: Mapped[bool]

    __table_args__ = (
        UniqueConstraint("label_id", "rank"),
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("documents >= 1 AND occurrences >= documents", name="counts"),
        CheckConstraint(
            "matched_documents <= matched_occurrences AND predicted_documents <= matched_documents "
            "AND labelled_documents <= matched_documents AND gold_documents <= labelled_documents",
            name="matches",
        ),
        # Clusters the table by label, and by fragment within it, the order of joins with another run's patterns.
        {"sqlite_with_rowid": False},
    )


# Includes the label, so that of many runs only the rows of the wanted one are read.
Index("ix_patterns_fragment_id", PatternRow.fragment_id, PatternRow.label_id)


class ExampleRow(Base):
    """A place in a document where a pattern was important, with the text to its left and right; or, of kind
    "counter", an occurrence in a document that was not predicted the label."""

    __tablename__ = "examples"

    label_id: Mapped[int] = mapped_column(primary_key=True)
    fragment_id: Mapped[int] = mapped_column(LARGE_KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    place: Mapped[str]
    left: Mapped[str]
    hit: Mapped[str]
    right: Mapped[str]
    importance: Mapped[Logits | None]

    __table_args__ = (
        ForeignKeyConstraint(["label_id", "fragment_id"], ["patterns.label_id", "patterns.fragment_id"]),
        CheckConstraint("kind IN ('supporting', 'counter')", name="kind"),
        CheckConstraint("kind = 'counter' OR importance IS NOT NULL", name="importance"),
        {"sqlite_with_rowid": False},
    )


class RuleSetRow(Base):
    """One version of a rule set. `content` is its file, JSON, from which `task`, `labels` and `rules` are taken.

    `run` is the number of the run that it was made from. It is not a foreign key: the run may be deleted, and its
    number is never reused.
    """

    __tablename__ = "rule_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    run: Mapped[int | None]
    task: Mapped[str]
    labels: Mapped[int]
    rules: Mapped[int]
    content: Mapped[str]
    author: Mapped[str]
    created: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("task IN ('multiclass', 'multilabel')", name="task"),
        {"sqlite_autoincrement": True},
    )


class RuleEvaluationRow(Base):
    """A measure of a rule set on the texts of `corpus`, against the model's predictions or gold labels."""

    __tablename__ = "rule_set_evaluations"

    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_sets.id"), primary_key=True)
    corpus: Mapped[str] = mapped_column(primary_key=True)
    against: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]

    __table_args__ = (CheckConstraint("against IN ('model', 'gold')", name="against"),)


class ReviewRow(Base):
    """A review of a fragment as evidence for a label; the last one counts.

    The label is a name, not a row of `labels`, which belong to one run each.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    fragment_id: Mapped[FragmentId]
    label: Mapped[str]
    status: Mapped[str]
    note: Mapped[str]
    author: Mapped[str]
    time: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("status IN ('accepted', 'rejected', 'spurious')", name="status"),
        {"sqlite_autoincrement": True},
    )


Index("ix_reviews_fragment_id_label", ReviewRow.fragment_id, ReviewRow.label)


class ModelRow(Base):
    """A trained classifier. `digest` is that of its file's bytes, `key` that of all other columns.

    `labels` (in the order of its outputs), `thresholds` (the probability that each must reach) and `layers` (the target
    layers) are JSON lists.
    """

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[str | None]
    digest: Mapped[str]
    task: Mapped[str]
    labels: Mapped[str]
    thresholds: Mapped[str]
    layers: Mapped[str]


class CorpusRow(Base):
    """A corpus. `digest` covers how it is read and its files; `documents` is null until a run is complete."""

    __tablename__ = "corpora"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str]
    files: Mapped[Count]
    bytes: Mapped[Count]
    documents: Mapped[Count | None]

    __table_args__ = (UniqueConstraint("name", "digest"),)


class ShardRow(Base):
    """A shard of a run's corpus and its state: the ledger. A partial counts once its shard is done.

    `start` and `stop` are in `unit`s, rows or bytes; `seconds` is the working time of all stages, `partial` the name of
    its result file and `partial_bytes` that file's size, `error` the last error.
    """

    __tablename__ = "shards"

    run_id: Mapped[RunKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    shard: Mapped[str]
    file: Mapped[str]
    file_bytes: Mapped[Count]
    unit: Mapped[str]
    start: Mapped[Count]
    stop: Mapped[Count]
    state: Mapped[str]
    attempts: Mapped[int]
    error: Mapped[str | None]
    worker: Mapped[str | None]
    seconds: Mapped[float | None]
    documents: Mapped[Count | None]
    rejects: Mapped[Count | None]
    partial: Mapped[str | None]
    partial_bytes: Mapped[Count | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("state <> 'done' OR partial IS NOT NULL", name="done_partial"),
    )


@event.listens_for(Base.metadata, "after_create")
def create_search_index(_metadata: MetaData, connection: Connection, **_options: Any) -> None:
    """Create the search index after the tables."""
    for statement in SEARCH_INDEX_DDL[connection.dialect.name]:
        connection.exec_driver_sql(statement)


__all__ = [
    "Base",
    "CorpusRow",
    "ExampleRow",
    "FragmentRow",
    "LabelRow",
    "ModelRow",
    "PatternRow",
    "RejectRow",
    "ReviewRow",
    "RuleEvaluationRow",
    "RuleSetRow",
    "RunRow",
    "ShardRow",
    "create_search_index",
]
