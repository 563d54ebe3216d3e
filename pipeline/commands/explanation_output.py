"""How explanations leave the command line: in which format, on the terminal or into a file."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from config.errors import CamlodeError
from pipeline.commands.endings import format_of
from pipeline.commands.options import console, reader_may_leave

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


_ENDINGS = {"htm": "html", "markdown": "md", "jsonl": "json", "txt": "terminal"}


def chosen_format(named: ExplanationFormat | None, output: Path | None) -> ExplanationFormat:
    """The format that is named, or that the output's name ends with, or else the terminal's.

    Raises:
        CamlodeError: the name ends with something else, or a picture would be written to a terminal.
    """
    chosen = named or ExplanationFormat(format_of(output, [*ExplanationFormat], _ENDINGS) or "terminal")
    if chosen is ExplanationFormat.PNG and output is None and sys.stdout.isatty():
        raise CamlodeError("a picture is not for a terminal: name its file, such as --output explanation.png")
    return chosen


def put_out(explanations: Sequence[Explanation], chosen: ExplanationFormat, output: Path | None) -> None:
    """Prints explanations, or writes them to a file, which is written whole or not at all."""
    if output is not None:
        from pipeline.file_output import write_whole

        write_whole(output, _content(explanations, chosen))
        return
    with reader_may_leave():
        _print(explanations, chosen)


def _print(explanations: Sequence[Explanation], chosen: ExplanationFormat) -> None:
    if chosen is ExplanationFormat.TERMINAL:
        from pipeline.views.explanations import print_explanations

        print_explanations(explanations, console())
        return
    content = _content(explanations, chosen)
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)


def _content(explanations: Sequence[Explanation], chosen: ExplanationFormat) -> str | bytes:
    if chosen is ExplanationFormat.HTML:
        from pipeline.views.explanation_page import explanations_page

        return explanations_page(explanations)
    if chosen is ExplanationFormat.MD:
        from pipeline.views.explanation_markdown import explanations_markdown

        return explanations_markdown(explanations)
    if chosen is ExplanationFormat.PNG:
        from pipeline.views.explanation_png import explanation_png

        return explanation_png(explanations)
    if chosen is ExplanationFormat.JSON:
        return "".join(f"{each.to_json()}\n" for each in explanations)
    from pipeline.views.explanations import plain_explanations

    return plain_explanations(explanations)
