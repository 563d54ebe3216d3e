"""A comparison of methods as a table on a terminal, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from camlode.pipeline.bootstrap import ConfidenceInterval
    from camlode.pipeline.faithfulness.report import FaithfulnessReport, MethodResult

_HEADERS = {
    "comprehensiveness": "compre-\nhensiveness ↑",
    "sufficiency": "suffi-\nciency ↓",
    "difference": "differ-\nence ↑",
    "deletion": "deletion\narea ↓",
    "insertion": "insertion\narea ↑",
    "randomisation": "random-\nisation → 0",
    "auprc": "AUPRC ↑",
    "token_f1": "token F1 ↑",
}
_PIPE_WIDTH = 160


def print_faithfulness(report: FaithfulnessReport, console: Console) -> None:
    """Print the methods, best first, each mean above half its interval's width, and then the closing lines."""
    from rich.table import Table

    if not console.is_terminal:
        console.width = max(console.width, _PIPE_WIDTH)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column, header in enumerate(("method", *_wrapped_headers(report).values(), "seconds per\n1,000 documents")):
        table.add_column(header, justify="right" if column else "left", min_width=6, overflow="fold")
    for result in report.results:
        cells = [_format_half_width(getattr(result, field)) for field in _wrapped_headers(report)]
        table.add_row(
            _method_name(result), *cells, _format_seconds(result), style="dim" if result.kind == "baseline" else ""
        )
    console.print(table)
    console.print("± is half the width of the interval; --format markdown and json have its ends", soft_wrap=True)
    for line in closing_lines(report):
        console.print(line, markup=False, soft_wrap=True)


def render_faithfulness_markdown(report: FaithfulnessReport) -> str:
    """Render the comparison as a Markdown table and a list of the closing lines."""
    rows = [
        [
            _method_name(result),
            *(_format_interval(getattr(result, field)) for field in _wrapped_headers(report)),
            _format_seconds(result),
        ]
        for result in report.results
    ]
    head = ["method", *used_headers(report).values(), "seconds per 1,000 documents"]
    table = [_markdown_row(head), _markdown_row(["---", *(["---:"] * (len(head) - 1))]), *map(_markdown_row, rows)]
    return "\n".join([*table, "", *(f"- {line}" for line in closing_lines(report))])


def closing_lines(report: FaithfulnessReport) -> Iterator[str]:
    """Yield how the measures were made, refused methods and warnings, and last the recommendation."""
    yield (
        f"measured on {report.pairs:,} pairs of document and predicted label in {report.explained:,} of "
        f"{report.documents:,} sampled documents; a removed token is {_REMOVAL_PHRASES[report.removal]}; "
        "intervals contain 95 % of the means over resampled documents"
    )
    if report.marks_by_gold is not None:
        which = (
            "pairs whose label is a gold one" if report.marks_by_gold else "pairs, whether the label is right or not"
        )
        yield (
            f"AUPRC and token F1 against the marked spans, in {report.marked_pairs:,} {which}; "
            "F1 is of the first k tokens, with k the number of marked ones"
        )
    if all(result.randomisation is None for result in report.results):
        yield "no randomisation check: the model has no layers that can be randomised"
    yield from (f"refused: {each.name}: {each.reason}" for each in report.refused)
    yield from (f"warning: {warning}" for warning in report.warnings)
    yield f"recommendation: {report.recommendation}"


_REMOVAL_PHRASES = {
    "deleted": "deleted, and the following tokens move up",
    "unknown": "replaced by the unknown token",
    "padding": "replaced by padding",
}


def used_headers(report: FaithfulnessReport) -> dict[str, str]:
    """The headers of the columns that are not empty, each on one line."""
    return {field: header.replace("-\n", "").replace("\n", " ") for field, header in _wrapped_headers(report).items()}


def _wrapped_headers(report: FaithfulnessReport) -> dict[str, str]:
    used = {field for field in _HEADERS for result in report.results if getattr(result, field) is not None}
    return {field: header for field, header in _HEADERS.items() if field in used}


def _method_name(result: MethodResult) -> str:
    return f"{result.name} (survives)" if result.survives else result.name


def _format_half_width(interval: ConfidenceInterval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f}\n±{(interval.high - interval.low) / 2:.3f}"


def _format_interval(interval: ConfidenceInterval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _format_seconds(result: MethodResult) -> str:
    return "" if result.seconds is None else f"{result.seconds:.3g}"


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
