"""The section of a report on the rule sets that were made of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.reporting.rule_sets import MEASURED
from pipeline.views.escaping import in_line
from pipeline.views.figures import percent
from pipeline.views.report_parts import isolated, number, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql import Row


def rules_section(rule_sets: Sequence[Row]) -> str:
    """The rule sets of the run with what was measured of them."""
    measured = [name for name in MEASURED if any(row[name] is not None for row in rule_sets)]
    rows = [_rule_set(row, measured) for row in rule_sets]
    head = [("Rule set", ""), ("Rules", "number"), ("Measured on", ""), ("Against", "")]
    head += [(_heading(name), "number") for name in measured]
    lead = '<p class="lead">Against the model, accuracy is fidelity: how often the rules say what the model says.</p>'
    return f"{lead}{table(head, rows, 'cards', 'Rule sets')}"


def _rule_set(row: Row, measured: Sequence[str]) -> str:
    measures = "".join(number(percent(row[name]), _named(name)) for name in measured)
    return (
        f'<tr><th scope="row">{isolated(row["name"])} <span class="change">version {row["version"]}</span></th>'
        f'{number(row["rules"], "rules")}<td data-name="measured on">{isolated(row["corpus"] or "–")}</td>'
        f'<td data-name="against">{in_line(row["against"] or "–")}</td>{measures}</tr>'
    )


def _heading(measure: str) -> str:
    named = _named(measure)
    return named[0].upper() + named[1:]


def _named(measure: str) -> str:
    return measure.replace("_", " ").replace("f1", "F1")
