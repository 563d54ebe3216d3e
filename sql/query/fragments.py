"""Examples of patterns, and the runs and labels in which a fragment is a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import StoreError
from camlode.sql.query.patterns import MEASURES, REVIEW
from camlode.sql.query.runs import find_label_ids, find_published_run, require_encodable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql.records import Row
    from camlode.sql.revision import Reader

_EXAMPLES = """
SELECT labels.run_id AS run, labels.name AS label, fragments.text AS fragment, examples.kind, examples.position,
       examples.document, examples.place, examples."left", examples.hit, examples."right", examples.importance
FROM labels
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id
JOIN examples ON examples.label_id = patterns.label_id AND examples.fragment_id = patterns.fragment_id
WHERE labels.id = :label_id {conditions}
ORDER BY patterns.rank, examples.kind DESC, examples.position
"""

_PLACES = f"""
SELECT labels.run_id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment,
       {", ".join(f"patterns.{name}" for name in MEASURES)}, {REVIEW} AS review, runs.current,
       models.name AS model, models.version AS model_version, corpora.name AS corpus
FROM fragments
JOIN patterns ON patterns.fragment_id = fragments.id
JOIN labels ON labels.id = patterns.label_id
JOIN runs ON runs.id = labels.run_id
JOIN models ON models.id = runs.model_id
JOIN corpora ON corpora.id = runs.corpus_id
WHERE fragments.text = :fragment AND runs.status IN ('complete', 'incomplete')
ORDER BY labels.run_id, labels.position
"""  # noqa: S608 (constants only)


def examples(
    reader: Reader,
    label: str | None = None,
    fragment: str | None = None,
    run: int | None = None,
    kind: str | None = None,
) -> Iterator[Row]:
    """Yield the examples of a run's patterns by label and rank, supporting ones first; `fragment` is a whole text."""
    filters = {"fragment": ("fragments.text", fragment), "kind": ("examples.kind", kind)}
    values = {name: require_encodable(name, value) for name, (_, value) in filters.items() if value is not None}
    conditions = "".join(f" AND {filters[name][0]} = :{name}" for name in values)
    number = find_published_run(reader, run)
    for label_id in find_label_ids(reader, number, label).values():
        yield from reader.stream(_EXAMPLES.format(conditions=conditions), values | {"label_id": label_id})


def places(reader: Reader, fragment: str) -> Iterator[Row]:
    """Yield every published run and label in which a fragment is a pattern.

    Raises:
        StoreError: there is none.
    """
    rows = reader.rows(_PLACES, {"fragment": require_encodable("fragment", fragment)})
    if not rows:
        raise StoreError(
            f"{reader.name}: {fragment[:50]!r} is a pattern of no run: "
            "camlode query --contains finds those that hold a text"
        )
    for row in rows:
        yield row | {"maximal": bool(row["maximal"]), "current": bool(row["current"])}
