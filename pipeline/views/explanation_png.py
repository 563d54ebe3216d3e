"""Explanations as a picture: percent above each token, labels side by side, in fonts that have the texts' letters."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from config.errors import CamlodeError
from pipeline.views.colours import AMBER, BLUE
from pipeline.views.fonts import font_families
from pipeline.views.passages import passage
from pipeline.views.picture import BODY, NOTE, SMALL, Sheet
from pipeline.views.picture_lines import Atom, atoms, lines, words
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.explanation import Explanation, LabelExplanation

MOST = 20
"""How many texts one picture holds."""

_WHOLE = 1500
"""Characters of a long text that are drawn at most, beside its passage."""

_MARGIN, _GAP = 26.0, 30.0
_WIDTHS = {1: 520.0, 2: 330.0, 3: 300.0}
"""The width of a label's column in points, by how many stand side by side."""


def explanation_png(explanations: Sequence[Explanation], dpi: int = 150) -> bytes:
    """A picture of the texts one below the other, each once for every label, up to three of these side by side.

    Above a token stands its share of all evidence for and against the label, in percent.

    Raises:
        CamlodeError: there is no text or there are more than MOST, or no font of this machine has some letter.
    """
    if not 1 <= len(explanations) <= MOST:
        raise CamlodeError(
            f"a picture holds 1 to {MOST} texts, not {len(explanations):,}: give fewer, or another format such as html"
        )
    columns = min(max(len(each.labels) for each in explanations) or 1, max(_WIDTHS))
    width = 2 * _MARGIN + columns * _WIDTHS[columns] + (columns - 1) * _GAP
    sheet = Sheet(width, font_families("".join(map(_letters, explanations))), dpi)
    y = _MARGIN
    for number, explanation in enumerate(explanations):
        y = sheet.rule(_MARGIN, width - _MARGIN, y) if number else y
        y = _texts(sheet, explanation, columns, y)
    y = _legend(sheet, explanations, y)
    file = BytesIO()
    sheet.save(file, y + _MARGIN * 0.8)
    return file.getvalue()


def _letters(explanation: Explanation) -> str:
    shown = (explanation.text, explanation.method, explanation.unit, *(each.label for each in explanation.labels))
    return "".join(shown)


def _texts(sheet: Sheet, explanation: Explanation, columns: int, y: float) -> float:
    """Draws a text's labels in rows; returns where the next thing begins."""
    if not explanation.labels:
        width = sheet.width - 2 * _MARGIN
        y = _words(sheet, "The model gives this text no label.", width, _MARGIN, y)
        shown = explanation.text if len(explanation.text) <= _WHOLE else f"{explanation.text[:_WHOLE]}…"
        return _paragraph(sheet, words(shown), width, _MARGIN, y) + 10
    width = _WIDTHS[columns]
    for row in range(0, len(explanation.labels), columns):
        ends = [
            _label(sheet, explanation.text, label, width, _MARGIN + place * (width + _GAP), y)
            for place, label in enumerate(explanation.labels[row : row + columns])
        ]
        y = max(ends) + 12
    return y


def _label(sheet: Sheet, text: str, label: LabelExplanation, width: float, x: float, y: float) -> float:
    y += BODY * 1.2
    name = sheet.fitting(visible(label.label), width - 60)
    sheet.text(x, y, name, weight="bold")
    sheet.text(x + sheet.measure(BODY, "bold")(name) + 8, y, f"{label.score:.3f}", soft=True)
    y += 6
    y = _label_text(sheet, text, label, width, x, y)
    told = ", ".join(f"{visible(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    return _words(sheet, f"fragments: {told or 'none'}", width, x, y + 4)


def _label_text(sheet: Sheet, text: str, label: LabelExplanation, width: float, x: float, y: float) -> float:
    """Draws the text for a label: of a long one the passage that matters most, and as much as fits in small letters."""
    found = passage(text, label)
    if found is not None:
        y = _words(sheet, f"characters {found.start + 1:,} to {found.end:,} of {len(text):,}", width, x, y)
        y = _paragraph(sheet, atoms(text, label, *found), width, x, y) + 4
    elif len(text) <= _WHOLE:
        return _paragraph(sheet, atoms(text, label), width, x, y)
    shown = f"the first {_WHOLE:,} characters" if len(text) > _WHOLE else "all of it"
    y = _words(sheet, shown, width, x, y)
    return _small(sheet, atoms(text, label, 0, min(_WHOLE, len(text))), width, x, y)


def _paragraph(sheet: Sheet, found: Iterable[Atom], width: float, x: float, y: float) -> float:
    """Draws atoms with what stands above them."""
    for line in lines(found, width, sheet.measure(BODY), sheet.measure(SMALL)):
        y += BODY * (2.0 if any(placed.atom.above for placed in line) else 1.6)
        for placed in line:
            sheet.atom(placed, x, y, BODY)
            sheet.text(x + placed.x + placed.width / 2, y - BODY * 1.12, placed.atom.above, SMALL, middle=True)
    return y + BODY * 0.5


def _small(sheet: Sheet, found: Iterable[Atom], width: float, x: float, y: float) -> float:
    """Draws atoms in small letters, with nothing above them."""
    for line in lines(found, width, sheet.measure(NOTE)):
        y += NOTE * 1.55
        for placed in line:
            sheet.atom(placed, x, y, NOTE)
    return y + NOTE * 0.6


def _words(sheet: Sheet, words_: str, width: float, x: float, y: float) -> float:
    for line in lines(words(words_), width, sheet.measure(NOTE)):
        y += NOTE * 1.5
        for placed in line:
            sheet.text(x + placed.x, y, placed.atom.text, NOTE, soft=True)
    return y


def _legend(sheet: Sheet, explanations: Sequence[Explanation], y: float) -> float:
    kinds = dict.fromkeys(f"in {visible(each.unit)}, by {visible(each.method)}" for each in explanations)
    y, x = y + NOTE * 1.8, _MARGIN
    for told, colour in (("for the label", AMBER), ("against it", BLUE)):
        (placed,) = lines([Atom(told, colour)], sheet.width, sheet.measure(NOTE))[0]
        sheet.atom(placed, x + 4, y, NOTE, padding=4)
        x += placed.width + 16
    about = f"percent of all evidence; importances {'; '.join(kinds)}"
    return max(_words(sheet, about, sheet.width - x - _MARGIN, x, y - NOTE * 1.5), y)
