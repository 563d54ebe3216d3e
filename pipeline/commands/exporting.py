"""The command that hands patterns and rules on to other tools."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from pipeline.commands.options import LabelOption, RunNumber, exit_on_broken_pipe
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.exports.sources import ExportedPatterns

app = typer.Typer()

Output = Annotated[
    Optional[Path],
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Written whole or not at all; for words a new folder. Text is printed without it.",
    ),
]

FORMATS = "csv|jsonl|parquet|spacy|python|argilla|elasticsearch|words|jieba|vocabulary|grasp"


@app.command()
def export(
    source: Annotated[
        str, typer.Argument(metavar="STORE|RULES", help="A pattern store, or a rule file.", show_default=False)
    ],
    output_format: Annotated[str, typer.Option("--format", metavar=FORMATS, help="For whom.", show_default=False)],
    output: Output = None,
    label: LabelOption = None,
    run: RunNumber = None,
    top: Annotated[Optional[int], typer.Option(min=1, help="The first so many patterns of each label.")] = None,
    order: Annotated[
        Optional[str],
        typer.Option(
            metavar="importance|mean|precision|gold-precision|weighted|log-odds|c-value",
            help="By what they are ordered, importance if it isn't given; weighted is importance × precision.",
        ),
    ] = None,
    min_precision: Annotated[
        Optional[float], typer.Option(min=0.0, max=1.0, help="Only those of this precision at least.")
    ] = None,
    language: Annotated[
        Optional[str],
        typer.Option(metavar="CODE", help="For spacy, the pipeline's language: zh cuts into single characters."),
    ] = None,
) -> None:
    """Exports the patterns of a store, or the rules of a rule file, for other tools.

    Patterns that their last review calls rejected or spurious are left out. Of a rule file --label alone can choose.
    """
    from config.errors import RulesError
    from rules.exports import TextExporter, get_exporter
    from rules.exports.writing import export_text, write

    exporter = get_exporter(output_format)
    if language is not None and output_format != "spacy":
        raise RulesError(f"--language is for --format spacy, not for {output_format}: leave it out")
    filters = {"run": run, "top": top, "order": order, "min_precision": min_precision}
    patterns = _read_patterns(
        source, label, language, {name: value for name, value in filters.items() if value is not None}
    )
    if output is not None:
        write(exporter, patterns, output)
    elif isinstance(exporter, TextExporter):
        _print_lines(export_text(exporter, patterns))
    else:
        raise RulesError(f"{output_format} is no text to print: name its file, such as -o patterns{exporter.suffix}")
    for what, count in patterns.left_out.items():
        info(f"{output_format} cannot express {count} of the patterns, which hold {what}: left out")


def _read_patterns(source: str, label: str | None, language: str | None, filters: dict[str, Any]) -> ExportedPatterns:
    from rules.exports.sources import is_rule_file, patterns_from_rules, patterns_from_store

    if is_rule_file(source):
        from config.errors import RulesError
        from rules.rule_file import read_rules

        for name in filters:
            option = f"--{name.replace('_', '-')}"
            raise RulesError(f"{option} is for stores, and {source} is a rule file: leave it out")
        found = patterns_from_rules(read_rules(source), source, label=label)
    else:
        from sql import PatternStore

        found = patterns_from_store(PatternStore(source), label=label, **filters)
    return replace(found, language=language)


def _print_lines(lines: Iterable[str]) -> None:
    """Prints what an export has; on a terminal without what that would obey."""
    from pipeline.views.visible import sanitize

    is_terminal = sys.stdout.isatty()
    with exit_on_broken_pipe():
        for line in lines:
            sys.stdout.write("\n".join(map(sanitize, line.split("\n"))) if is_terminal else line)
