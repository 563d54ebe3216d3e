"""An explanation on a terminal: each label's evidence as background colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from pipeline.views.colours import token_colours

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.explanation import Explanation, LabelExplanation


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Prints the text once for each label, its tokens coloured by importance, and the fragments below."""
    if not explanation.labels:
        console.print("The model gives this text no label.")
    for label in explanation.labels:
        console.print(Text.assemble((label.label, "bold"), f"  {label.score:.3f}"))
        console.print(coloured(explanation.text, label))
        found = ", ".join(f"{fragment.text} {fragment.importance:.3f}" for fragment in label.fragments)
        console.print(Text(f"fragments: {found or 'none'}", style="dim"))


def coloured(text: str, label: LabelExplanation) -> Text:
    """The text with each token's importance as background: amber speaks for the label, blue against it.

    The strongest token has the full colour, the others are relative to it.
    """
    painted = Text(text)
    for token, colour in zip(label.tokens, token_colours(label), strict=True):
        if colour:
            red, green, blue = colour
            painted.stylize(f"black on rgb({red},{green},{blue})", token.start, token.end)
    return painted
