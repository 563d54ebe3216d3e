"""Rule sets, their measures and their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import StoreError, did_you_mean, join_words
from camlode.sql.query.runs import require_encodable, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql.records import Row
    from camlode.sql.revision import Reader

_RULE_SETS = """
SELECT id, name, version, run, task, labels, rules, author, created
FROM rule_sets
{where}
ORDER BY name, version
"""

_MEASURES = """
SELECT rule_set_id, corpus, against, measure, value
FROM rule_set_evaluations
ORDER BY rule_set_id, corpus, against, measure
"""


def rule_sets(reader: Reader, name: str | None = None) -> Iterator[Row]:
    """Yield all versions of all rule sets, or of the one called `name`; `labels` and `rules` are counts.

    `evaluations` is a list of measures: corpus, against, measure, value.
    """
    measures: dict[int, list[Row]] = {}
    for row in reader.rows(_MEASURES, {}):
        measures.setdefault(row.pop("rule_set_id"), []).append(row)
    where = "" if name is None else "WHERE name = :name"
    values = {} if name is None else {"name": require_encodable("name", name)}
    for row in reader.rows(_RULE_SETS.format(where=where), values):
        yield row | {"created": to_utc(row["created"]), "evaluations": measures.get(row.pop("id"), [])}


def content(reader: Reader, name: str, version: int | None = None) -> str:
    """Return the text of a rule set's file: of its last version, or of `version`.

    Raises:
        StoreError: there is none.
    """
    number = rule_set_id(reader, name, version)
    (row,) = reader.rows("SELECT content FROM rule_sets WHERE id = :id", {"id": number})
    return str(row["content"])


def rule_set_id(reader: Reader, name: str, version: int | None = None) -> int:
    """Return the id of a rule set's last version, or of `version`.

    Raises:
        StoreError: there is none.
    """
    rows = reader.rows("SELECT id, name, version FROM rule_sets ORDER BY version", {})
    known = {row["version"]: int(row["id"]) for row in rows if row["name"] == name}
    if not known:
        names = sorted({row["name"] for row in rows})
        remedy = did_you_mean(name, names) if names else "it has none; camlode rules build makes one"
        raise StoreError(f"{reader.name}: there is no rule set {name[:50]!r}: {remedy}")
    if version is not None and version not in known:
        there = join_words([str(each) for each in known])
        raise StoreError(f"{reader.name}: rule set {name!r} has no version {version}: its versions are {there}")
    return known[max(known) if version is None else version]
