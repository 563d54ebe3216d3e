"""An audit on a terminal or as Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.fragments import in_context
from pipeline.views.markdown import markdown_table, markdown_text
from pipeline.views.tables import as_json
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from pipeline.auditing.findings import Audit, Finding
    from pipeline.views.tables import Row

COLUMNS = ("rank", "fragment", "share", "check", "review", "why", "example", "counter_example")


def print_audit(audit: Audit, console: Console) -> None:
    """Prints by label each pattern that is listed, the sentences that say why, and where it was seen (+, and - where
    it occurs in documents of other labels); then how each check went."""
    from rich.text import Text

    console.print(Text(f"{title(audit)}\n"), soft_wrap=True)
    for label, of_label in groupby(audit.findings, key=lambda finding: finding.label):
        console.print(Text(visible(label), style="bold"), soft_wrap=True)
        for _, found in groupby(of_label, key=lambda finding: finding.rank):
            for line in _lines([*found], console):
                console.print(line, soft_wrap=True)
        console.print()
    for words in summary_lines(audit):
        console.print(Text(words), soft_wrap=True)


def audit_markdown(audit: Audit) -> str:
    """The same in Markdown: a list of how the checks went, and a table for each label."""
    parts = [f"# {markdown_text(title(audit))}", "\n".join(f"- {markdown_text(line)}" for line in summary_lines(audit))]
    for label, found in groupby(audit.findings, key=lambda finding: finding.label):
        parts += [f"## {markdown_text(visible(label))}", markdown_table([_row(finding) for finding in found], COLUMNS)]
    return "\n\n".join(parts)


def title(audit: Audit) -> str:
    """What was audited."""
    against = "" if audit.against is None else f", compared with run {audit.against}"
    return f"Audit of run {audit.run}, {visible(audit.model)} on {visible(audit.corpus)}{against}"


def summary_lines(audit: Audit) -> Iterator[str]:
    """How each check went, a line each."""
    for summary in audit.summaries:
        yield visible(str(summary))


def _lines(found: list[Finding], console: Console) -> Iterator[Text]:
    """The lines about one pattern, which all of the findings are of."""
    from rich.text import Text

    first = found[0]
    review = f"  ({first.review} by a reviewer)" if first.review else ""
    yield Text.assemble(f"  {first.rank:>4}  ", (visible(first.fragment), "bold"), review)
    for finding in found:
        yield Text.assemble((f"        {finding.check}: ", "dim"), visible(finding.why))
    for sign, examples in (("+", first.examples), ("-", first.counter_examples)):
        for example in examples:
            yield Text.assemble(f"        {sign} ", in_context(example, console))


def _row(finding: Finding) -> Row:
    shown = {name: getattr(finding, name) for name in COLUMNS[:-2]}
    return shown | {"example": _context(finding.examples), "counter_example": _context(finding.counter_examples)}


def _context(examples: tuple[Row, ...]) -> str:
    return next((f"{example['left']}«{example['hit']}»{example['right']}" for example in examples), "")


def csv_rows(audit: Audit) -> Iterator[Row]:
    """The findings as rows of single values: a list becomes JSON."""
    for row in audit.rows():
        yield {name: as_json(value) if isinstance(value, list) else value for name, value in row.items()}
