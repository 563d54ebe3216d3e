"""Explanations on a terminal: importances as background colors, or as signs without color."""

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.display.tables import PIPE_WIDTH
from camlode.pipeline.explanations.highlight import find_passage, highlight_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from camlode.pipeline.display.colors import RGB
    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.explanations.highlight import HighlightSpan
    from camlode.pipeline.explanations.tokens import LabelExplanation

_SIGN_LEVELS = 3


def highlight(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """Return the characters [start, end) of the text, amber where it speaks for the label and blue where against it.

    The strongest token has the full color, the others are relative to it.
    """
    highlighted = Text()
    for span in highlight_spans(text, label, start, end):
        highlighted.append(sanitize_lines(span.text), style=background_style(span.color) if span.color else None)
    return highlighted


def highlight_plain(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """Return the same without color: «+++word» for the label, «-word» against it; equally strong neighbours together.

    Three signs mean more than two thirds of the strongest token, two more than one third.
    """
    shown = []
    for sign, group in groupby(highlight_spans(text, label, start, end), key=_strength_signs):
        words = "".join(sanitize_lines(span.text) for span in group)
        shown.append(f"«{sign}{words}»" if sign else words)
    return Text("".join(shown))


def background_style(color: RGB) -> str:
    """Return the style for black letters on a color."""
    return f"black on rgb({','.join(map(str, color))})"


def sanitize_lines(text: str) -> str:
    """Sanitize each line of the text; its line ends stay."""
    return "\n".join(map(sanitize, text.split("\n")))


def _strength_signs(span: HighlightSpan) -> str:
    if span.color is None:
        return ""
    return ("+" if span.strength > 0 else "-") * ceil(_SIGN_LEVELS * abs(span.strength))


_MIN_LABEL_WIDTH = 38
"""The fewest columns of a label for several to stand side by side."""


def print_explanations(explanations: Sequence[Explanation], console: Console) -> None:
    """Print texts one below the other, each under its number, and one legend for all."""
    for number, explanation in enumerate(explanations, start=1):
        if len(explanations) > 1:
            console.print(Text(f"{number}", style="dim"))
        _print_labels(explanation, console)
    for explanation in explanations[:1]:
        console.print(_format_legend(explanation, plain=_is_plain(console)), soft_wrap=True)


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the text once for each label, with the fragments below, and a legend.

    Labels stand side by side if the terminal is wide enough. Of a long text the passage that matters most comes first.
    Without color, tokens stand between « and », with signs for their strength.
    """
    print_explanations([explanation], console)


def format_explanations(explanations: Sequence[Explanation]) -> str:
    """Return what print_explanations prints without color, for a file."""
    from io import StringIO

    from rich.console import Console as RichConsole

    console = RichConsole(file=StringIO(), width=PIPE_WIDTH, color_system=None, highlight=False)
    with console.capture() as captured:
        print_explanations(explanations, console)
    return captured.get()


def _print_labels(explanation: Explanation, console: Console) -> None:
    plain = _is_plain(console)
    if not explanation.labels:
        console.print("The model gives this text no label.")
        console.print(Text(sanitize_lines(explanation.text)), soft_wrap=not console.is_terminal)
    blocks = [Group(*_label_block(explanation.text, label, plain)) for label in explanation.labels]
    side_by_side = min(len(blocks), console.width // _MIN_LABEL_WIDTH) if console.is_terminal else 1
    for row in range(0, len(blocks), max(side_by_side, 1)):
        # Lines are not wrapped in a pipe.
        shown = _arrange_blocks(blocks[row : row + max(side_by_side, 1)], max(side_by_side, 1))
        console.print(shown, soft_wrap=not console.is_terminal)


def _arrange_blocks(blocks: Sequence[Group], columns: int) -> RenderableType:
    """Place blocks side by side, in columns of the same width."""
    if columns == 1:
        return blocks[0]
    from rich.table import Table

    table = Table.grid(expand=True, padding=(0, 3, 0, 0))
    for _ in range(columns):
        table.add_column(ratio=1, overflow="fold")
    table.add_row(*blocks)
    return table


def _label_block(text: str, label: LabelExplanation, plain: bool) -> Iterator[Text]:
    """Yield the lines of one label: its name and score, the text, the fragments, and an empty one."""
    highlight_text = highlight_plain if plain else highlight
    yield Text.assemble((sanitize(label.label), "bold"), f"  {label.score:.3f}")
    if (found := find_passage(text, label)) is not None:
        yield Text(f"characters {found.start + 1:,} to {found.end:,} of {len(text):,}", style="dim")
        yield highlight_text(text, label, *found)
        yield Text("all of it", style="dim")
    yield highlight_text(text, label)
    words = ", ".join(f"{sanitize(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    yield Text(f"fragments: {words or 'none'}", style="dim")
    yield Text()


def _format_legend(explanation: Explanation, *, plain: bool) -> Text:
    unit_text = f"importances in {sanitize(explanation.unit)}, by {sanitize(explanation.method)}"
    if plain:
        return Text(f"«+++for the label» «---against it»  {unit_text}")
    return Text.assemble(
        (" for the label ", background_style(AMBER)),
        " ",
        (" against it ", background_style(BLUE)),
        "  ",
        (unit_text, "dim"),
    )


def _is_plain(console: Console) -> bool:
    return console.no_color or console.color_system is None
