"""The section of a report on the rule sets that were made of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.reporting.rule_sets import MEASURE_COLUMNS
from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_percent
from pipeline.views.report_parts import isolate, number_cell, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql import Row


def render_rule_sets(rule_sets: Sequence[Row]) -> str:
    """The rule sets of the run with what was measured of them."""
    measured = [name for name in MEASURE_COLUMNS if any(row[name] is not None for row in rule_sets)]
    rows = [_render_rule_set(row, measured) for row in rule_sets]
    head = [("Rule set", ""), ("Rules", "number"), ("Measured on", ""), ("Against", "")]
    head += [(_measure_heading(name), "number") for name in measured]
    lead = '<p class="lead">Against the model, accuracy is fidelity: how often the rules say what the model says.</p>'
    return f"{lead}{render_table(head, rows, 'cards', 'Rule sets')}"


def _render_rule_set(row: Row, measured: Sequence[str]) -> str:
    measures = "".join(number_cell(format_percent(row[name]), _named(name)) for name in measured)
    return (
        f'<tr><th scope="row">{isolate(row["name"])} <span class="change">version {row["version"]}</span></th>'
        f'{number_cell(row["rules"], "rules")}<td data-name="measured on">{isolate(row["corpus"] or "–")}</td>'
        f'<td data-name="against">{escape_html_line(row["against"] or "–")}</td>{measures}</tr>'
    )


def _measure_heading(measure: str) -> str:
    named = _named(measure)
    return named[0].upper() + named[1:]


def _named(measure: str) -> str:
    return measure.replace("_", " ").replace("f1", "F1")
