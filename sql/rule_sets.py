"""Writing rule sets and their measures, within the caller's transaction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select

from camlode.config.errors import StoreError
from camlode.sql.engine import ConnectionReader
from camlode.sql.query.rule_sets import rule_set_id
from camlode.sql.query.runs import missing_run_error, require_encodable
from camlode.sql.schema import RuleEvaluationRow, RuleSetRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.sql.records import RuleMeasure

MAX_NAME_LENGTH = 200
"""Characters: PostgreSQL's indexes take no text of more than 2,704 bytes."""


def add_rules(connection: Connection, name: str, content: str, run: int | None, author: str) -> int:
    """Add the text of a rule file as the next version of the rule set `name`; return the version.

    Raises:
        StoreError: the name is invalid, the text is not a rule file, or there is no such run.
    """
    _check_name(name)
    if run is not None and connection.scalar(select(RunRow.id).where(RunRow.id == run)) is None:
        raise missing_run_error(run)
    last = connection.scalar(select(func.max(RuleSetRow.version)).where(RuleSetRow.name == name))
    version = (last or 0) + 1
    values = {
        "name": name,
        "version": version,
        "run": run,
        "author": require_encodable("author", author),
        "content": content,
    }
    connection.execute(insert(RuleSetRow).values(**values, **_summarize_rule_file(content), created=datetime.now(UTC)))
    return version


def add_measures(connection: Connection, name: str, version: int | None, measures: Iterable[RuleMeasure]) -> None:
    """Add measures of a version of a rule set, or of its last one; they replace equal measures of the same corpus.

    Raises:
        StoreError: there is no such rule set, or a measure is not a finite number.
    """
    number = rule_set_id(ConnectionReader(connection, "the store"), name, version)
    table = RuleEvaluationRow
    for each in measures:
        _check_measure(each)
        same = (table.corpus == each.corpus, table.against == each.against, table.measure == each.measure)
        connection.execute(delete(table).where(table.rule_set_id == number, *same))
        values = {"corpus": each.corpus, "against": each.against, "measure": each.measure, "value": float(each.value)}
        connection.execute(insert(table).values(rule_set_id=number, **values))


def _check_name(name: str) -> None:
    """Refuse a name that cannot be written as STORE#NAME@VERSION on the command line."""
    require_encodable("the name of a rule set", name)
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME_LENGTH or {"#", "@"} & {*name}:
        raise StoreError(
            f"a rule set cannot be called {name[:50]!r}: expected 1 to {MAX_NAME_LENGTH} characters without # and @, "
            "and no space at either end"
        )


def _check_measure(measure: RuleMeasure) -> None:
    for field in ("corpus", "measure"):
        value = require_encodable(field, getattr(measure, field))
        if not 1 <= len(value) <= MAX_NAME_LENGTH:
            raise StoreError(f"{field} is {value[:50]!r}: expected 1 to {MAX_NAME_LENGTH} characters")
    if measure.against not in ("model", "gold"):
        raise StoreError(f"against is {measure.against!r}: expected model or gold")
    if not isfinite(measure.value):
        raise StoreError(f"{measure.measure} on {measure.corpus[:50]!r} is {measure.value}: expected a number")


def _summarize_rule_file(content: str) -> dict[str, Any]:
    """Return the task of a rule file, and its numbers of labels and rules."""
    try:
        content.encode()
        parsed = json.loads(content)
        counts = {name: len(parsed[name]) for name in ("labels", "rules")}
        task = parsed["task"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StoreError("the text is not a rule file, so it is not saved: camlode rules build writes one") from error
    if task not in ("multiclass", "multilabel"):
        raise StoreError(f"task is {task!r}: expected multiclass or multilabel")
    return {"task": task, **counts}
