"""An audit on a terminal, as Markdown, and as rows of CSV."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.display.tables import (
    dump_json,
    escape_markdown,
    format_markdown_table,
    highlight_match,
    mark_match,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from camlode.pipeline.audit.findings import Audit, AuditFinding
    from camlode.pipeline.display.tables import Row

COLUMNS = ("rank", "fragment", "share", "check", "review", "why", "example", "counter_example")


def print_audit(audit: Audit, console: Console) -> None:
    """Print the listed patterns by label, each with the reasons and its examples, then the counts of each check.

    Examples are marked with +, counter-examples with -.
    """
    from rich.text import Text

    console.print(Text(f"{audit_title(audit)}\n"), soft_wrap=True)
    for label, label_findings in groupby(audit.findings, key=lambda finding: finding.label):
        console.print(Text(sanitize(label), style="bold"), soft_wrap=True)
        for _, pattern_findings in groupby(label_findings, key=lambda finding: finding.rank):
            for line in _finding_lines([*pattern_findings], console):
                console.print(line, soft_wrap=True)
        console.print()
    for words in summary_lines(audit):
        console.print(Text(words), soft_wrap=True)


def render_audit_markdown(audit: Audit) -> str:
    """Render the audit as Markdown: a list of the checks with their counts, and a table for each label."""
    parts = [
        f"# {escape_markdown(audit_title(audit))}",
        "\n".join(f"- {escape_markdown(line)}" for line in summary_lines(audit)),
    ]
    for label, label_findings in groupby(audit.findings, key=lambda finding: finding.label):
        parts += [
            f"## {escape_markdown(sanitize(label))}",
            format_markdown_table([_finding_row(finding) for finding in label_findings], COLUMNS),
        ]
    return "\n\n".join(parts)


def audit_title(audit: Audit) -> str:
    """A line that names the run, the model and the corpus."""
    against = "" if audit.against is None else f", compared with run {audit.against}"
    return f"Audit of run {audit.run}, {sanitize(audit.model)} on {sanitize(audit.corpus)}{against}"


def summary_lines(audit: Audit) -> Iterator[str]:
    """Yield a line with the counts of each check."""
    for summary in audit.summaries:
        yield sanitize(str(summary))


def _finding_lines(findings: list[AuditFinding], console: Console) -> Iterator[Text]:
    """Yield the lines about one pattern, of which all findings are."""
    from rich.text import Text

    first = findings[0]
    review = f"  ({first.review} by a reviewer)" if first.review else ""
    yield Text.assemble(f"  {first.rank:>4}  ", (sanitize(first.fragment), "bold"), review)
    for finding in findings:
        yield Text.assemble((f"        {finding.check}: ", "dim"), sanitize(finding.why))
    for sign, examples in (("+", first.examples), ("-", first.counter_examples)):
        for example in examples:
            yield Text.assemble(f"        {sign} ", highlight_match(example, console))


def _finding_row(finding: AuditFinding) -> Row:
    shown = {name: getattr(finding, name) for name in COLUMNS[:-2]}
    return shown | {
        "example": _first_context(finding.examples),
        "counter_example": _first_context(finding.counter_examples),
    }


def _first_context(examples: tuple[Row, ...]) -> str:
    return next((mark_match(example) for example in examples), "")


def csv_rows(audit: Audit) -> Iterator[Row]:
    """Yield the findings as rows of single values; a list becomes JSON."""
    for row in audit.rows():
        yield {name: dump_json(value) if isinstance(value, list) else value for name, value in row.items()}
