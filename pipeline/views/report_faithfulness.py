"""The section of a report on how faithful each method is to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.faithfulness import closing_lines, used_headers
from pipeline.views.figures import format_value
from pipeline.views.report_parts import isolate, number_cell, render_table

if TYPE_CHECKING:
    from pipeline.bootstrap import ConfidenceInterval
    from pipeline.faithfulness.report import FaithfulnessReport, MethodResult


def render_faithfulness(measured: FaithfulnessReport) -> str:
    """The methods, best first, and what they were measured on; the recommendation before all."""
    columns = used_headers(measured)
    *lines, recommendation = closing_lines(measured)
    rows = [_render_method_row(result, columns) for result in measured.results]
    head = [("Method", ""), *((name, "number") for name in columns.values()), ("Seconds per 1,000 documents", "number")]
    told = "".join(f"<li>{escape_html_line(line)}</li>" for line in lines)
    return (
        f'<p class="lead">{escape_html_line(recommendation)}</p>{render_table(head, rows, "cards", "Faithfulness")}'
        f'<ul class="soft">{told}</ul>'
    )


def _render_method_row(result: MethodResult, columns: dict[str, str]) -> str:
    cells = "".join(number_cell(_format_mean(getattr(result, field)), name) for field, name in columns.items())
    kind = ' <span class="change">baseline</span>' if result.kind == "baseline" else ""
    survives = ' <span class="change">survives a randomised model</span>' if result.survives else ""
    seconds = number_cell("" if result.seconds is None else format_value(result.seconds), "seconds per 1,000 documents")
    return f'<tr><th scope="row">{isolate(result.name)}{kind}{survives}</th>{cells}{seconds}</tr>'


def _format_mean(interval: ConfidenceInterval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} ±{(interval.high - interval.low) / 2:.3f}"
