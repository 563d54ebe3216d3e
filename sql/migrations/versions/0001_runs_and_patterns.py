"""Runs with their labels, ledger and rejects; fragments, patterns and examples."""

from __future__ import annotations

from alembic import op

from camlode.sql.migrations.revision_0001 import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables in an empty database."""
    METADATA.create_all(op.get_bind(), checkfirst=False)
