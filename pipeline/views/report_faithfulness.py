"""The section of a report on how faithful each method is to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import in_line
from pipeline.views.faithfulness import closing_lines, headers
from pipeline.views.figures import figure
from pipeline.views.report_parts import isolated, number, table

if TYPE_CHECKING:
    from pipeline.bootstrap import Interval
    from pipeline.faithfulness.report import FaithfulnessReport, MethodResult


def faithfulness_section(measured: FaithfulnessReport) -> str:
    """The methods, best first, and what they were measured on; the recommendation before all."""
    columns = headers(measured)
    *lines, recommendation = closing_lines(measured)
    rows = [_row(result, columns) for result in measured.results]
    head = [("Method", ""), *((name, "number") for name in columns.values()), ("Seconds per 1,000 documents", "number")]
    told = "".join(f"<li>{in_line(line)}</li>" for line in lines)
    return (
        f'<p class="lead">{in_line(recommendation)}</p>{table(head, rows, "cards", "Faithfulness")}'
        f'<ul class="soft">{told}</ul>'
    )


def _row(result: MethodResult, columns: dict[str, str]) -> str:
    cells = "".join(number(_shown(getattr(result, field)), name) for field, name in columns.items())
    kind = ' <span class="change">baseline</span>' if result.kind == "baseline" else ""
    survives = ' <span class="change">survives a randomised model</span>' if result.survives else ""
    seconds = number("" if result.seconds is None else figure(result.seconds), "seconds per 1,000 documents")
    return f'<tr><th scope="row">{isolated(result.name)}{kind}{survives}</th>{cells}{seconds}</tr>'


def _shown(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} ±{(interval.high - interval.low) / 2:.3f}"
