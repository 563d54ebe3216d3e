"""Commands that explain single texts, and compare the methods of explaining them."""
# MERGED: How explanations leave the command line: in which format, on the terminal or into a file.
# MERGED: The texts that a command is given: on the line, in a file, or on standard input.

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.options import JobFile, Overrides, exit_on_broken_pipe, format_from_suffix, make_console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.explanations.explanation import Explanation


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
        from camlode.config.atomic_write import write_atomic

        write_atomic(output, _render(explanations, resolved_format))
        return
    with exit_on_broken_pipe():
        _print_explanations(explanations, resolved_format)


def _print_explanations(explanations: Sequence[Explanation], resolved_format: ExplanationFormat) -> None:
    if resolved_format is ExplanationFormat.TERMINAL:
        from camlode.pipeline.explanations.terminal import print_explanations

        print_explanations(explanations, make_console())
        return
    content = _render(explanations, resolved_format)
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)


def _render(explanations: Sequence[Explanation], resolved_format: ExplanationFormat) -> str | bytes:
    if resolved_format is ExplanationFormat.HTML:
        from camlode.pipeline.explanations.documents import render_explanations_page

        return render_explanations_page(explanations)
    if resolved_format is ExplanationFormat.MD:
        from camlode.pipeline.explanations.documents import render_explanations_markdown

        return render_explanations_markdown(explanations)
    if resolved_format is ExplanationFormat.PNG:
        from camlode.pipeline.explanations.png import render_explanation_png

        return render_explanation_png(explanations)
    if resolved_format is ExplanationFormat.JSON:
        return "".join(f"{each.to_json()}\n" for each in explanations)
    from camlode.pipeline.explanations.terminal import format_explanations

    return format_explanations(explanations)


INPUT_HINT = (
    'give a text in quotation marks, --file FILE, or texts on standard input, as in: echo "a text" | camlode explain'
)


def read_texts(text: str | None, file: Path | None, *, whole: bool) -> list[str]:
    """The text; or those of a file or standard input, one a line, blank lines left out; all of it as one if `whole`.

    Raises:
        CamlodeError: none is given, several ways are used at once, or the file can't be read or isn't UTF-8.
    """
    if text is not None:
        if file is not None or whole:
            raise CamlodeError("a text on the line goes without --file and --whole: leave one out")
        return [text]
    if file is None and sys.stdin.isatty():
        raise CamlodeError(f"there is no text to explain: {INPUT_HINT} JOB.yaml")
    name = "standard input" if file is None else str(file)
    content = _decode(_read_bytes(file), name)
    texts = [content.strip()] if whole else [line.strip() for line in content.split("\n")]
    found = [each for each in texts if each]
    if not found:
        raise CamlodeError(f"{name} has no text: {INPUT_HINT} JOB.yaml")
    return found


def _read_bytes(file: Path | None) -> bytes:
    if file is None:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CamlodeError(f"{file} cannot be read: {error.strerror}") from error


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CamlodeError(f"{name}: line {line} is not UTF-8: expected text in UTF-8") from error


app = typer.Typer()


@app.command()
def explain(
    job_file: JobFile,
    text: Annotated[
        Optional[str], typer.Argument(help="The text to explain; without, standard input.", show_default=False)
    ] = None,
    file: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="A file of texts, one a line.", show_default=False)
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file or standard input is one text of many lines.")
    ] = False,
    label: Annotated[
        Optional[list[str]], typer.Option(help="Explain this label, predicted or not; may be repeated.")
    ] = None,
    output_format: Annotated[
        Optional[ExplanationFormat],
        typer.Option("--format", help="By default what the output's name ends with, or terminal.", show_default=False),
    ] = None,
    output: Annotated[
        Optional[Path],
        typer.Option("--output", "-o", metavar="FILE", help="Written whole or not at all.", show_default=False),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Shows which tokens of a text, or of each of many, speak for each label that the model gives it.

    JSON has a text a line. A picture holds up to 20 texts.
    """

    resolved_format = choose_format(output_format, output)
    texts = read_texts(text, file, whole=whole)
    from camlode.config import load_job
    from camlode.pipeline.explanations.explain import explain as explain_texts

    write_explanations(
        explain_texts(load_job(job_file, overrides or ()), texts, labels=label or ()), resolved_format, output
    )
