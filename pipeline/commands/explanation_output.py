"""How explanations leave the command line: in which format, on the terminal or into a file."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from config.errors import CamlodeError
from pipeline.commands.endings import format_from_suffix
from pipeline.commands.options import exit_on_broken_pipe, make_console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.explanation import Explanation


class ExplanationFormat(StrEnum):
    """How an explanation is printed."""

    TERMINAL = "terminal"
    HTML = "html"
    MD = "md"
    PNG = "png"
    JSON = "json"


_SUFFIX_ALIASES = {"htm": "html", "markdown": "md", "jsonl": "json", "txt": "terminal"}


def choose_format(requested: ExplanationFormat | None, output: Path | None) -> ExplanationFormat:
    """The format that is named, or that the output's name ends with, or else the terminal's.

    Raises:
        CamlodeError: the name ends with something else, or a picture would be written to a terminal.
    """
    resolved_format = requested or ExplanationFormat(
        format_from_suffix(output, [*ExplanationFormat], _SUFFIX_ALIASES) or "terminal"
    )
    if resolved_format is ExplanationFormat.PNG and output is None and sys.stdout.isatty():
        raise CamlodeError("a picture is not for a terminal: name its file, such as --output explanation.png")
    return resolved_format


def write_explanations(
    explanations: Sequence[Explanation], resolved_format: ExplanationFormat, output: Path | None
) -> None:
    """Prints explanations, or writes them to a file, which is written whole or not at all."""
    if output is not None:
        from pipeline.file_output import write_atomic

        write_atomic(output, _render(explanations, resolved_format))
        return
    with exit_on_broken_pipe():
        _print_explanations(explanations, resolved_format)


def _print_explanations(explanations: Sequence[Explanation], resolved_format: ExplanationFormat) -> None:
    if resolved_format is ExplanationFormat.TERMINAL:
        from pipeline.views.explanations import print_explanations

        print_explanations(explanations, make_console())
        return
    content = _render(explanations, resolved_format)
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)


def _render(explanations: Sequence[Explanation], resolved_format: ExplanationFormat) -> str | bytes:
    if resolved_format is ExplanationFormat.HTML:
        from pipeline.views.explanation_page import render_explanations_page

        return render_explanations_page(explanations)
    if resolved_format is ExplanationFormat.MD:
        from pipeline.views.explanation_markdown import render_explanations_markdown

        return render_explanations_markdown(explanations)
    if resolved_format is ExplanationFormat.PNG:
        from pipeline.views.explanation_png import render_explanation_png

        return render_explanation_png(explanations)
    if resolved_format is ExplanationFormat.JSON:
        return "".join(f"{each.to_json()}\n" for each in explanations)
    from pipeline.views.explanations import format_explanations

    return format_explanations(explanations)
