"""`camlode explain`: which tokens of a text speak for its labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import exit_on_broken_pipe, make_console
from camlode.pipeline.commands.options import JobFile, Overrides
from camlode.pipeline.commands.output import format_from_suffix, write_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.explanations.explanation import Explanation

app = typer.Typer()

_FORMATS = ("terminal", "html", "md", "png", "json")
_SUFFIX_ALIASES = {"htm": "html", "markdown": "md", "jsonl": "json", "txt": "terminal"}
INPUT_HINT = (
    "give a text in quotation marks, --file FILE, or texts on standard input, as in: "
    'echo "a text" | camlode explain JOB.yaml'
)


@app.command()
def explain(
    job_file: JobFile,
    text: Annotated[
        Optional[str],
        typer.Argument(metavar="TEXT", help="The text to explain; by default standard input.", show_default=False),
    ] = None,
    file: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="A file with one text a line.", show_default=False)
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read the file or standard input as one text of many lines.")
    ] = False,
    label: Annotated[
        Optional[list[str]],
        typer.Option(metavar="LABEL", help="Explain this label, predicted or not; may be repeated."),
    ] = None,
    output_format: Annotated[
        Optional[Literal["terminal", "html", "md", "png", "json"]],
        typer.Option("--format", help="The format; by default the output's suffix, or terminal.", show_default=False),
    ] = None,
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file to write; by default standard output.", show_default=False
        ),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Show which tokens of a text speak for each predicted label.

    Without TEXT, explains each line of --file or of standard input. JSON has one text a line; a PNG holds up to 20
    texts.
    """
    chosen_format = _choose_format(output_format, output)
    texts = _read_texts(text, file, whole=whole)
    from camlode.config import load_job
    from camlode.pipeline.explanations.explain import explain as explain_texts

    explanations = explain_texts(load_job(job_file, overrides or ()), texts, labels=label or ())
    if chosen_format == "terminal" and output is None:
        from camlode.pipeline.explanations.terminal import print_explanations

        with exit_on_broken_pipe():
            print_explanations(explanations, make_console())
    else:
        write_output(_render(explanations, chosen_format), output)


def _choose_format(requested: str | None, output: Path | None) -> str:
    """Return the requested format, or that of the output's suffix, or terminal.

    Raises:
        CamlodeError: the suffix is unknown, or a PNG would be written to a terminal.
    """
    chosen = requested or format_from_suffix(output, _FORMATS, _SUFFIX_ALIASES) or "terminal"
    if chosen == "png" and output is None and sys.stdout.isatty():
        raise CamlodeError("a PNG cannot be shown on a terminal: name a file, such as --output explanation.png")
    return chosen


def _read_texts(text: str | None, file: Path | None, *, whole: bool) -> list[str]:
    """Return the text argument, or the nonblank lines of a file or standard input; their whole content if `whole`.

    Raises:
        CamlodeError: no text is given, it is given in several ways, or the file cannot be read or is not UTF-8.
    """
    if text is not None:
        if file is not None or whole:
            raise CamlodeError("a text on the command line cannot be combined with --file or --whole: leave one out")
        return [text]
    if file is None and sys.stdin.isatty():
        raise CamlodeError(f"there is no text to explain: {INPUT_HINT}")
    name = "standard input" if file is None else str(file)
    content = _decode(_read_bytes(file), name)
    texts = [content.strip()] if whole else [line.strip() for line in content.split("\n")]
    non_empty = [each for each in texts if each]
    if not non_empty:
        raise CamlodeError(f"{name} has no text: {INPUT_HINT}")
    return non_empty


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


def _render(explanations: Sequence[Explanation], output_format: str) -> str | bytes:
    if output_format == "json":
        return "".join(f"{each.to_json()}\n" for each in explanations)
    if output_format == "png":
        from camlode.pipeline.explanations.png import render_explanation_png

        return render_explanation_png(explanations)
    if output_format == "terminal":
        from camlode.pipeline.explanations.terminal import format_explanations

        return format_explanations(explanations)
    if output_format == "html":
        from camlode.pipeline.explanations.html import render_explanations_page

        return render_explanations_page(explanations)
    from camlode.pipeline.explanations.markdown import render_explanations_markdown

    return render_explanations_markdown(explanations)
