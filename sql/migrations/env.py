"""Alembic's environment: runs the revisions in the caller's transaction."""

from __future__ import annotations

from alembic import context

from camlode.sql.revision import REVISION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=REVISION_TABLE)
context.run_migrations()
