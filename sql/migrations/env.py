"""What Alembic runs: the revisions that are wanted, in the transaction of whoever asked for them."""

from __future__ import annotations

from alembic import context

from camlode.sql.revision import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
