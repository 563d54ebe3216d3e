"""An explanation on a terminal: each label's evidence as background colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.explanation import Explanation, LabelExplanation

_WARM = (255, 176, 0)
_COOL = (100, 143, 255)
_FAINTEST = 0.08


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
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0)
    for token in label.tokens:
        strength = abs(token.importance) / strongest if strongest else 0.0
        if strength >= _FAINTEST:
            painted.stylize(_style(token.importance, strength), token.start, token.end)
    return painted


def _style(importance: float, strength: float) -> str:
    hue = _WARM if importance > 0 else _COOL
    # Mixed with white, so that black letters stand out on a dark terminal as well as on a light one.
    red, green, blue = (round(255 - (255 - channel) * strength) for channel in hue)
    return f"black on rgb({red},{green},{blue})"
