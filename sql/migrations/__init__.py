"""Alembic's scripts, one for each of `camlode.sql.revision.REVISIONS`.

A released revision never changes, so it states its tables itself and imports nothing from `camlode.sql.schema`. The
views are no part of the revisions: `upgrade` drops them before and creates today's afterwards. A release that changes
only a view therefore needs a revision too, with an empty `upgrade`. Use SQL that both databases know: all revisions of
an upgrade run in one transaction.
"""
