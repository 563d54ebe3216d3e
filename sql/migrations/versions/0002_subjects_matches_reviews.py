"""Models and corpora that runs share; what matching tells; counter-examples; reviews; rule sets; an index of texts."""

from __future__ import annotations

from alembic import op

from camlode.sql.migrations import revision_0001 as before
from camlode.sql.migrations.moving import advance_sequences, copy_aside, move
from camlode.sql.migrations.revision_0002 import patterns, rule_sets, runs
from camlode.sql.migrations.revision_0002.carrying import migrate_examples, migrate_fragments, migrate_patterns
from camlode.sql.migrations.revision_0002.search import create_index
from camlode.sql.migrations.revision_0002.subjects import migrate_runs

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Puts the old tables aside, makes the new ones and fills them."""
    connection = op.get_bind()
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {before.VIEW}")
    old = copy_aside(connection, before.METADATA)
    rule_sets.RULE_SETS.metadata.create_all(connection, checkfirst=False)
    create_index(connection)
    migrate_runs(connection, old)
    for table in (runs.LABELS, runs.REJECTS, runs.SHARDS):
        move(connection, old[table.name], table)
    sizes = migrate_fragments(connection, old["fragments"])
    migrate_patterns(connection, old["patterns"], sizes)
    migrate_examples(connection, old["examples"])
    advance_sequences(connection, (runs.MODELS, runs.CORPORA, runs.RUNS, runs.LABELS, patterns.FRAGMENTS))
