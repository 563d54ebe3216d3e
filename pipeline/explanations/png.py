"""Explanations as a PNG: labels side by side, with each token's share of the importances above it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError
from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.display.fonts import choose_font_families
from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.explanations.canvas import (
    BODY_SIZE,
    NOTE_SIZE,
    SHARE_SIZE,
    Atom,
    Canvas,
    break_lines,
    token_atoms,
    word_atoms,
)
from camlode.pipeline.explanations.highlight import find_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.explanations.tokens import LabelExplanation

MAX_TEXTS = 20
"""The most texts of a picture."""

_MAX_CHARACTERS = 1500
"""The most characters of a long text that are drawn below its passage."""

_MARGIN, _GAP = 26.0, 30.0
_WIDTHS = {1: 520.0, 2: 330.0, 3: 300.0}
"""The width of a label's column in points, by the number of columns."""


def render_explanation_png(explanations: Sequence[Explanation], dpi: int = 150) -> bytes:
    """Draw the texts one below the other, each once for every label, up to three labels side by side.

    Above a token is its share of all importances for and against the label, in percent.

    Raises:
        CamlodeError: there is no text, there are more than MAX_TEXTS, or no font on this machine has some letter.
    """
    if not 1 <= len(explanations) <= MAX_TEXTS:
        raise CamlodeError(
            f"a picture holds 1 to {MAX_TEXTS} texts, not {len(explanations):,}: give fewer texts, or choose another "
            "format such as html"
        )
    columns = min(max(len(each.labels) for each in explanations) or 1, max(_WIDTHS))
    width = 2 * _MARGIN + columns * _WIDTHS[columns] + (columns - 1) * _GAP
    canvas = Canvas(width, choose_font_families("".join(map(_drawn_characters, explanations))), dpi)
    y = _MARGIN
    for number, explanation in enumerate(explanations):
        y = canvas.draw_rule(_MARGIN, width - _MARGIN, y) if number else y
        y = _draw_explanation(canvas, explanation, columns, y)
    y = _draw_legend(canvas, explanations, y)
    file = BytesIO()
    canvas.save(file, y + _MARGIN * 0.8)
    return file.getvalue()


def _drawn_characters(explanation: Explanation) -> str:
    shown = (explanation.text, explanation.method, explanation.unit, *(each.label for each in explanation.labels))
    return "".join(shown)


def _draw_explanation(canvas: Canvas, explanation: Explanation, columns: int, y: float) -> float:
    """Draw a text's labels in rows; returns the `y` below them, as do the functions that follow."""
    if not explanation.labels:
        width = canvas.width - 2 * _MARGIN
        y = _draw_note(canvas, "The model gives this text no label.", width, _MARGIN, y)
        shown = (
            explanation.text if len(explanation.text) <= _MAX_CHARACTERS else f"{explanation.text[:_MAX_CHARACTERS]}…"
        )
        return _draw_paragraph(canvas, word_atoms(shown), width, _MARGIN, y) + 10
    width = _WIDTHS[columns]
    for row in range(0, len(explanation.labels), columns):
        ends = [
            _draw_label(canvas, explanation.text, label, width, _MARGIN + column * (width + _GAP), y)
            for column, label in enumerate(explanation.labels[row : row + columns])
        ]
        y = max(ends) + 12
    return y


def _draw_label(canvas: Canvas, text: str, label: LabelExplanation, width: float, x: float, y: float) -> float:
    y += BODY_SIZE * 1.2
    name = canvas.truncate(sanitize(label.label), width - 60)
    canvas.text(x, y, name, weight="bold")
    canvas.text(x + canvas.measure(BODY_SIZE, "bold")(name) + 8, y, f"{label.score:.3f}", muted=True)
    y += 6
    y = _draw_label_text(canvas, text, label, width, x, y)
    legend_text = ", ".join(f"{sanitize(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    return _draw_note(canvas, f"fragments: {legend_text or 'none'}", width, x, y + 4)


def _draw_label_text(canvas: Canvas, text: str, label: LabelExplanation, width: float, x: float, y: float) -> float:
    """Draw the text for a label; of a long one the passage that matters most, then its beginning in small letters."""
    found = find_passage(text, label)
    if found is not None:
        y = _draw_note(canvas, f"characters {found.start + 1:,} to {found.end:,} of {len(text):,}", width, x, y)
        y = _draw_paragraph(canvas, token_atoms(text, label, *found), width, x, y) + 4
    elif len(text) <= _MAX_CHARACTERS:
        return _draw_paragraph(canvas, token_atoms(text, label), width, x, y)
    shown = f"the first {_MAX_CHARACTERS:,} characters" if len(text) > _MAX_CHARACTERS else "all of it"
    y = _draw_note(canvas, shown, width, x, y)
    return _draw_small(canvas, token_atoms(text, label, 0, min(_MAX_CHARACTERS, len(text))), width, x, y)


def _draw_paragraph(canvas: Canvas, atoms: Iterable[Atom], width: float, x: float, y: float) -> float:
    """Draw atoms with the notes above them."""
    for line in break_lines(atoms, width, canvas.measure(BODY_SIZE), canvas.measure(SHARE_SIZE)):
        y += BODY_SIZE * (2.0 if any(placed.atom.above for placed in line) else 1.6)
        for placed in line:
            canvas.atom(placed, x, y, BODY_SIZE)
            canvas.text(
                x + placed.x + placed.width / 2, y - BODY_SIZE * 1.12, placed.atom.above, SHARE_SIZE, centred=True
            )
    return y + BODY_SIZE * 0.5


def _draw_small(canvas: Canvas, atoms: Iterable[Atom], width: float, x: float, y: float) -> float:
    """Draw atoms in small letters, without notes."""
    for line in break_lines(atoms, width, canvas.measure(NOTE_SIZE)):
        y += NOTE_SIZE * 1.55
        for placed in line:
            canvas.atom(placed, x, y, NOTE_SIZE)
    return y + NOTE_SIZE * 0.6


def _draw_note(canvas: Canvas, note: str, width: float, x: float, y: float) -> float:
    for line in break_lines(word_atoms(note), width, canvas.measure(NOTE_SIZE)):
        y += NOTE_SIZE * 1.5
        for placed in line:
            canvas.text(x + placed.x, y, placed.atom.text, NOTE_SIZE, muted=True)
    return y


def _draw_legend(canvas: Canvas, explanations: Sequence[Explanation], y: float) -> float:
    kinds = dict.fromkeys(f"in {sanitize(each.unit)}, by {sanitize(each.method)}" for each in explanations)
    y, x = y + NOTE_SIZE * 1.8, _MARGIN
    for legend_text, color in (("for the label", AMBER), ("against it", BLUE)):
        (placed,) = break_lines([Atom(legend_text, color)], canvas.width, canvas.measure(NOTE_SIZE))[0]
        canvas.atom(placed, x + 4, y, NOTE_SIZE, padding=4)
        x += placed.width + 16
    about = f"percent of all evidence; importances {'; '.join(kinds)}"
    return max(_draw_note(canvas, about, canvas.width - x - _MARGIN, x, y - NOTE_SIZE * 1.5), y)
