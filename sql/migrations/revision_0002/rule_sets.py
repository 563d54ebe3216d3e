"""Tables of revision 0002: rule sets, and how good they were found to be."""

from __future__ import annotations

from sqlalchemy import Table

from camlode.sql.migrations.definitions import MEASURE, MOMENT, NUMBER, check, key, needed, optional, reference, unique
from camlode.sql.migrations.definitions import ORDERED_TEXT as TEXT
from camlode.sql.migrations.revision_0002.runs import METADATA

RULE_SETS = Table(
    "rule_sets",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(TEXT, "name"),
    *needed(NUMBER, "version"),
    *optional(NUMBER, "run"),
    *needed(TEXT, "task"),
    *needed(NUMBER, "labels", "rules"),
    *needed(TEXT, "content", "author"),
    *needed(MOMENT, "created"),
    key("rule_sets", "id"),
    unique("rule_sets", "name", "version"),
    check("rule_sets", "version", "version >= 1"),
    check("rule_sets", "task", "task IN ('multiclass', 'multilabel')"),
    sqlite_autoincrement=True,
)

EVALUATIONS = Table(
    "rule_set_evaluations",
    METADATA,
    *needed(NUMBER, "rule_set_id"),
    *needed(TEXT, "corpus", "against", "measure"),
    *needed(MEASURE, "value"),
    key("rule_set_evaluations", "rule_set_id", "corpus", "against", "measure"),
    check("rule_set_evaluations", "against", "against IN ('model', 'gold')"),
    reference("rule_set_evaluations", {"rule_set_id": "id"}, "rule_sets"),
)
