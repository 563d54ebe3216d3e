"""Explanations of many texts as one Markdown file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.markdown import markdown_text
from pipeline.views.passages import passage
from pipeline.views.pieces import pieces
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.explanation import Explanation, LabelExplanation
    from pipeline.views.pieces import Piece

_LEAST = 1 / 3
_TOP = 5


def explanations_markdown(explanations: Sequence[Explanation], title: str = "Explanations") -> str:
    """A heading for each text, and below it a table with its labels side by side: the text, in bold what speaks for a
    label with a third of the strongest token's importance or more, struck through what speaks as strongly against it;
    then the strongest tokens and the fragments. Of a long text only the passage that matters most."""
    parts = [f"# {_words(title)}", *_legends(explanations)]
    for number, explanation in enumerate(explanations, start=1):
        parts += [f"## {number}"] if len(explanations) > 1 else []
        parts += [_labels_table(explanation)] if explanation.labels else _unlabelled(explanation)
    return "\n\n".join(parts) + "\n"


def _legends(explanations: Sequence[Explanation]) -> Iterator[str]:
    kinds = dict.fromkeys(f"Importances in {_words(each.unit)}, by {_words(each.method)}." for each in explanations)
    yield f"<b>Bold</b> speaks for the label, <s>struck through</s> against it. {' '.join(kinds)}".rstrip()


def _unlabelled(explanation: Explanation) -> list[str]:
    return ["The model gives this text no label.", _words(explanation.text)]


def _labels_table(explanation: Explanation) -> str:
    text, labels = explanation.text, explanation.labels
    rows = [
        ["", *(f"{_words(label.label)} {label.score:.3f}" for label in labels)],
        ["---"] * (len(labels) + 1),
        ["text", *(_marked(text, label) for label in labels)],
        ["tokens", *(_numbers(label, signed=True) for label in labels)],
        ["fragments", *(_numbers(label, signed=False) for label in labels)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _numbers(label: LabelExplanation, *, signed: bool) -> str:
    found = label.top(_TOP) if signed else label.fragments
    sign = "+" if signed else ""
    return ", ".join(f"{_words(each.text.strip())} {each.importance:{sign}.3f}" for each in found) or "none"


def _marked(text: str, label: LabelExplanation) -> str:
    """The text or its passage on one line, neighbours of the same side together."""
    found = passage(text, label)
    start, end = found or (0, len(text))
    shown = "".join(_side(side, [*group]) for side, group in groupby(pieces(text, label, start, end), key=_side_of))
    return f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}"


def _side_of(piece: Piece) -> str:
    return "" if abs(piece.strength) < _LEAST else "b" if piece.strength > 0 else "s"


def _side(tag: str, group: Sequence[Piece]) -> str:
    words = _words("".join(piece.text for piece in group))
    return f"<{tag}>{words}</{tag}>" if tag else words


def _words(text: str) -> str:
    """Text on one line of Markdown; a new line becomes a space."""
    return markdown_text(visible(text.replace("\r\n", " ").replace("\n", " ")))
