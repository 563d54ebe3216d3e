"""How older stores become those of today: Alembic's scripts, one for each of camlode.sql.revision.REVISIONS.

A revision stays as it is for good, so it states its tables itself (tables_NNNN.py) and takes none of camlode.sql.schema. Views
belong to the program: they are dropped before and made anew after, so a release that changes one adds a revision too,
if an empty one. What a revision does is SQL that both databases know: it runs in the upgrade's one transaction.
"""
