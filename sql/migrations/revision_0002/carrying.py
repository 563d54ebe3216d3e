"""Fragments, patterns and examples of revision 0001, as those of 0002."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, Table, literal, select, true

from camlode.pipeline.fragments.casefold import fold_case
from camlode.sql.migrations.definitions import LARGE_KEY, MEASURE, NUMBER, TEXT, key, needed
from camlode.sql.migrations.moving import ASIDE
from camlode.sql.migrations.revision_0002.patterns import EXAMPLES, PATTERNS
from camlode.sql.migrations.revision_0002.runs import LABELS, RUNS
from camlode.sql.migrations.revision_0002.search import add_fragments

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHUNK_ROWS = 10_000


def migrate_fragments(connection: Connection, old: Table) -> Table:
    """Adds the old fragments under their numbers; gives a table of what their patterns need to know of their length.

    It has, by fragment and unit of the runs, `units` and `weight`: log₂(units + 1).
    """
    sizes = _sizes_table(connection)
    kinds = connection.scalars(select(RUNS.c.unit).distinct()).all()
    rows = connection.execute(select(old).order_by(old.c.id), execution_options={"yield_per": CHUNK_ROWS})
    for chunk in rows.mappings().partitions():
        add_fragments(connection, [{**row, "normalised": fold_case(row["text"])} for row in chunk])
        if kinds:
            connection.execute(sizes.insert(), [_size(row["id"], row["text"], unit) for row in chunk for unit in kinds])
    old.drop(connection, checkfirst=False)
    return sizes


def count_units(text: str, unit: str) -> int:
    """How many units a fragment counts as, which revision 0001 did not keep.

    Where a word ends was the tokenizer's to say, so in a run of words each piece between spaces counts as one: too few
    for several Chinese words in a row. In a run of characters each counts that is no space.
    """
    return len(text.split()) if unit == "word" else sum(not char.isspace() for char in text)


def migrate_patterns(connection: Connection, old: Table, sizes: Table) -> None:
    """Adds the old patterns: none was matched, and of none is it known what longer one it is within.

    So each is maximal, and its C-value, log₂(units + 1) · documents, that of a fragment that stands alone.
    """
    values = {
        **{column.name: column for column in old.columns},
        "units": sizes.c.units,
        "c_value": sizes.c.weight * old.c.documents,
        "maximal": true(),
    }
    found = (
        select(*values.values())
        .join_from(old, LABELS, LABELS.c.id == old.c.label_id)
        .join(RUNS, RUNS.c.id == LABELS.c.run_id)
        .join(sizes, (sizes.c.fragment_id == old.c.fragment_id) & (sizes.c.unit == RUNS.c.unit))
        .order_by(old.c.label_id, old.c.fragment_id)
    )
    connection.execute(PATTERNS.insert().from_select(list(values), found))
    for done in (old, sizes):
        done.drop(connection, checkfirst=False)


def migrate_examples(connection: Connection, old: Table) -> None:
    """Adds the old examples, all of which are places where a pattern was important."""
    names = [column.name for column in old.columns]
    found = select(old, literal("supporting")).order_by(old.c.label_id, old.c.fragment_id, old.c.position)
    connection.execute(EXAMPLES.insert().from_select([*names, "kind"], found))
    old.drop(connection, checkfirst=False)


def _size(number: int, text: str, unit: str) -> dict[str, object]:
    units = count_units(text, unit)
    return {"fragment_id": number, "unit": unit, "units": units, "weight": math.log2(units + 1)}


def _sizes_table(connection: Connection) -> Table:
    sizes = Table(
        f"{ASIDE}sizes",
        MetaData(),
        *needed(LARGE_KEY, "fragment_id"),
        *needed(TEXT, "unit"),
        *needed(NUMBER, "units"),
        *needed(MEASURE, "weight"),
        key(f"{ASIDE}sizes", "fragment_id", "unit"),
    )
    sizes.create(connection, checkfirst=False)
    return sizes
