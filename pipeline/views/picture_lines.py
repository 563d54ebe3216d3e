"""An explained text broken into lines for a picture: what stands where, measured but not drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pipeline.views.pieces import highlight_spans
from pipeline.views.visible import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.explanation import LabelExplanation
    from pipeline.views.colours import RGB

    Measure = Callable[[str], float]

# A word with the spaces before it, or one character where words aren't parted.
_WORD_PATTERN = re.compile(
    r"\n|[^\S\n]+|[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]+"
)


_CLOSING_PUNCTUATION = frozenset(",.;:!?)]}，。；：！？、）》」』】”’…%")
_SHARE_GAP = 3.0
"""Points between what stands above two neighbours."""


class Atom(NamedTuple):
    """What is never parted by the end of a line: a coloured token, or a word of what has no colour; "\\n" ends a line.

    `above` stands above it, such as "12%".
    """

    text: str
    colour: RGB | None = None
    above: str = ""


class PlacedAtom(NamedTuple):
    """An atom in its line, from `x` on and `width` wide."""

    atom: Atom
    x: float
    width: float


def token_atoms(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Iterator[Atom]:
    """The characters [start, end) of the text; above a coloured token its share of all evidence, for or against."""
    total = sum(abs(token.importance) for token in label.tokens) or 1.0
    for piece in highlight_spans(text, label, start, end):
        if piece.colour and piece.importance is not None and piece.text.strip():
            if piece.text[0].isspace():
                yield Atom(" ")
            yield Atom(sanitize(piece.text.strip()), piece.colour, format_share(piece.importance / total))
        else:
            yield from word_atoms(piece.text)


def word_atoms(text: str) -> Iterator[Atom]:
    """A text without colours."""
    for word in _WORD_PATTERN.findall(text):
        yield Atom(word if word == "\n" else " " if word.isspace() else sanitize(word))


def format_share(share: float) -> str:
    """A share with its sign, a minus as long as a plus would be; nothing where it rounds to 0."""
    rounded = round(100 * share)
    return f"{rounded}%".replace("-", "−") if rounded else ""


def break_lines(
    found: Iterable[Atom], width: float, measure: Measure, above: Measure | None = None
) -> list[list[PlacedAtom]]:
    """The atoms in lines of at most `width`; one that is wider than a line is cut.

    `measure` gives a text's width, `above` that of what stands above it, for which there is room then.
    """
    placed: list[list[PlacedAtom]] = [[]]
    x = 0.0
    for atom in _split_wide_atoms(found, width, measure):
        atom_width = max(measure(atom.text), above(atom.above) + _SHARE_GAP if above and atom.above else 0.0)
        hanging = not atom.colour and _CLOSING_PUNCTUATION.issuperset(atom.text)  # no line begins with a comma
        if atom.text == "\n" or (x + atom_width > width and x > 0 and not hanging):
            placed.append([])
            x = 0.0
        if atom.text == "\n" or (atom.text == " " and x == 0):
            continue
        placed[-1].append(PlacedAtom(atom, x, atom_width))
        x += atom_width
    return placed


def _split_wide_atoms(found: Iterable[Atom], width: float, measure: Measure) -> Iterator[Atom]:
    for atom in found:
        if atom.text == "\n":
            yield atom
            continue
        rest = atom.text
        while measure(rest) > width and len(rest) > 1:
            size = max(int(len(rest) * width / measure(rest)), 1)
            while size > 1 and measure(rest[:size]) > width:
                size -= 1
            yield atom._replace(text=rest[:size])
            rest = rest[size:]
        yield atom._replace(text=rest)
