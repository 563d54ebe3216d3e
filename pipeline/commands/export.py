"""`camlode export`: patterns or rules in the formats of other tools."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from camlode.config.errors import RulesError
from camlode.pipeline.commands.console import exit_on_broken_pipe, info
from camlode.pipeline.commands.options import PATTERN_ORDERS, LabelOption, RunOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.rules.exports.sources import ExportedPatterns

app = typer.Typer()

FORMATS = "csv|jsonl|parquet|spacy|python|argilla|elasticsearch|words|jieba|vocabulary|grasp"


@app.command()
def export(
    source: Annotated[
        str, typer.Argument(metavar="STORE|RULES", help="A pattern store, or a rule file.", show_default=False)
    ],
    output_format: Annotated[
        str, typer.Option("--format", metavar=FORMATS, help="The output format.", show_default=False)
    ],
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write (for words a new folder); by default standard output, for text formats.",
        ),
    ] = None,
    label: LabelOption = None,
    run: RunOption = None,
    top: Annotated[Optional[int], typer.Option(metavar="N", min=1, help="At most N patterns of each label.")] = None,
    order: Annotated[
        Optional[str],
        typer.Option(
            metavar=PATTERN_ORDERS, help="The sort order, by default importance; weighted is importance × precision."
        ),
    ] = None,
    min_precision: Annotated[
        Optional[float], typer.Option(metavar="P", min=0.0, max=1.0, help="Only patterns with at least this precision.")
    ] = None,
    language: Annotated[
        Optional[str],
        typer.Option(metavar="CODE", help="spacy: the pipeline's language; zh splits into single characters."),
    ] = None,
) -> None:
    """Export patterns or rules for other tools.

    Patterns whose last review is rejected or spurious are left out. Of a rule file, only --label can select.
    """
    from camlode.rules.exports import TextExporter, get_exporter
    from camlode.rules.exports.writing import export_text, write

    exporter = get_exporter(output_format)
    if language is not None and output_format != "spacy":
        raise RulesError(f"--language is for --format spacy, not for {output_format}: leave it out")
    filters = {"run": run, "top": top, "order": order, "min_precision": min_precision}
    patterns = _read_patterns(source, label, {name: value for name, value in filters.items() if value is not None})
    patterns = replace(patterns, language=language)
    if output is not None:
        write(exporter, patterns, output)
    elif isinstance(exporter, TextExporter):
        _print_lines(export_text(exporter, patterns))
    else:
        raise RulesError(
            f"{output_format} is not a text format, so it cannot be printed: name a file, such as "
            f"-o patterns{exporter.suffix}"
        )
    for what, count in patterns.left_out.items():
        info(f"{output_format} cannot express {count} of the patterns, which hold {what}: left out")


def _read_patterns(source: str, label: str | None, filters: dict[str, Any]) -> ExportedPatterns:
    from camlode.rules.exports.sources import is_rule_file, patterns_from_rules, patterns_from_store

    if is_rule_file(source):
        from camlode.rules.rule_file import read_rule_file

        for name in filters:
            option = f"--{name.replace('_', '-')}"
            raise RulesError(f"{option} is for stores, and {source} is a rule file: leave it out")
        return patterns_from_rules(read_rule_file(source), source, label=label)
    from camlode.sql import PatternStore

    return patterns_from_store(PatternStore(source), label=label, **filters)


def _print_lines(lines: Iterable[str]) -> None:
    """Print an export; on a terminal without control characters, in a pipe unchanged."""
    from camlode.pipeline.display.sanitize import sanitize

    is_terminal = sys.stdout.isatty()
    with exit_on_broken_pipe():
        for line in lines:
            sys.stdout.write("\n".join(map(sanitize, line.split("\n"))) if is_terminal else line)
