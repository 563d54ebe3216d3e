"""A canvas for text in PNG: words broken into lines, then drawn by matplotlib.

Lengths are in points (1/72 inch), from the upper left corner. matplotlib can wrap a text, but not one whose words have
backgrounds and notes above them; so lines are broken here, by widths that its renderer measures.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from camlode.pipeline.display.numbers import format_signed_percent
from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.explanations.highlight import highlight_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from camlode.pipeline.display.colors import RGB
    from camlode.pipeline.explanations.tokens import LabelExplanation

    Measure = Callable[[str], float]
    from collections.abc import Sequence

# A word with the spaces before it, or one character where words aren't parted.
_WORD_PATTERN = re.compile(
    r"\n|[^\S\n]+|[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]+"
)


_CLOSING_PUNCTUATION = frozenset(",.;:!?)]}，。；：！？、）》」』】”’…%")
_SHARE_GAP = 3.0
"""Points between the notes above two neighbours."""


class Atom(NamedTuple):
    """A text that no line end divides: a colored token, or a word without color. "\\n" ends a line.

    `above` is a note above it, such as "12%".
    """

    text: str
    color: RGB | None = None
    above: str = ""


class PlacedAtom(NamedTuple):
    """An atom in its line, from `x` on, `width` wide."""

    atom: Atom
    x: float
    width: float


def token_atoms(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Iterator[Atom]:
    """Yield the characters [start, end) of the text; above a colored token its share of all importances' magnitudes."""
    total = sum(abs(token.importance) for token in label.tokens) or 1.0
    for span in highlight_spans(text, label, start, end):
        if span.color and span.importance is not None and span.text.strip():
            if span.text[0].isspace():
                yield Atom(" ")
            yield Atom(sanitize(span.text.strip()), span.color, format_signed_percent(span.importance / total))
        else:
            yield from word_atoms(span.text)


def word_atoms(text: str) -> Iterator[Atom]:
    """Yield a text without colors."""
    for word in _WORD_PATTERN.findall(text):
        yield Atom(word if word == "\n" else " " if word.isspace() else sanitize(word))


def break_lines(
    found: Iterable[Atom], width: float, measure: Measure, above: Measure | None = None
) -> list[list[PlacedAtom]]:
    """Break atoms into lines of at most `width`; an atom wider than a line is cut.

    `measure` gives a text's width, `above` that of a note above it, which then has room.
    """
    placed: list[list[PlacedAtom]] = [[]]
    x = 0.0
    for atom in _split_wide_atoms(found, width, measure):
        atom_width = max(measure(atom.text), above(atom.above) + _SHARE_GAP if above and atom.above else 0.0)
        hanging = not atom.color and _CLOSING_PUNCTUATION.issuperset(atom.text)  # no line begins with a comma
        if atom.text == "\n" or (x + atom_width > width and x > 0 and not hanging):
            placed.append([])
            x = 0.0
        if atom.text == "\n" or (atom.text == " " and x == 0):
            continue
        placed[-1].append(PlacedAtom(atom, x, atom_width))
        x += atom_width
    return placed


def _split_wide_atoms(atoms: Iterable[Atom], width: float, measure: Measure) -> Iterator[Atom]:
    for atom in atoms:
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


BODY_SIZE, NOTE_SIZE, SHARE_SIZE = 13.0, 8.5, 6.8
"""Font sizes in points: of the text, of notes below it, and of shares above tokens."""

TEXT_COLOUR, MUTED_COLOUR, RULE_COLOUR = "#1c2026", "#5a626d", "#e3dfd6"
_POINTS_PER_INCH = 72


class Canvas:
    """A white canvas, `width` points wide; `families` are fonts, each for the letters that those before it lack."""

    def __init__(self, width: float, families: Sequence[str], dpi: int) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width = width
        self._families = list(families)
        self._figure = Figure(figsize=(width / _POINTS_PER_INCH, 1), dpi=dpi, facecolor="white")
        canvas: Any = FigureCanvasAgg(self._figure)
        self._renderer = canvas.get_renderer()
        self._items: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._measure = lru_cache(maxsize=None)(self._text_width)

    def measure(self, size: float, weight: str = "normal") -> Callable[[str], float]:
        """Return a function that measures the width of a text in points, with spaces at its ends."""
        return lambda text: self._measure(text, size, weight)

    def truncate(self, text: str, width: float) -> str:
        """Return as much of a bold text as fits into `width`."""
        measure = self.measure(BODY_SIZE, "bold")
        if measure(text) <= width:
            return text
        while text and measure(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY_SIZE,
        *,
        weight: str = "normal",
        muted: bool = False,
        centred: bool = False,
    ) -> None:
        """Draw a text from `x` on, or centred there, with its baseline at `y`."""
        if text.strip():
            options = {"fontsize": size, "fontweight": weight, "color": MUTED_COLOUR if muted else TEXT_COLOUR}
            self._items.append(("text", (x, y, text), options | {"ha": "center" if centred else "left"}))

    def atom(self, placed: PlacedAtom, x: float, y: float, size: float, padding: float = 0.0) -> None:
        """Draw an atom centred in its place, on its color."""
        left, width = x + placed.x - padding, placed.width + 2 * padding
        if placed.atom.color:
            self.draw_box(left + 0.4, y - size * 0.95, width - 0.8, size * 1.28, placed.atom.color)
        self.text(x + placed.x + placed.width / 2, y, placed.atom.text, size, centred=True)

    def draw_box(self, x: float, y: float, width: float, height: float, color: RGB) -> None:
        """Draw a box with its upper left corner at (`x`, `y`)."""
        shade = tuple(channel / 255 for channel in color)
        self._items.append(("box", (x, y, width, height), {"facecolor": shade}))

    def draw_rule(self, left: float, right: float, y: float) -> float:
        """Draw a line between two texts; returns the next text's `y`."""
        self._items.append(("rule", ([left, right], [y + 6, y + 6]), {"color": RULE_COLOUR, "linewidth": 0.8}))
        return y + 10

    def save(self, file: IO[bytes], height: float) -> None:
        """Write the canvas, `height` points high, as a PNG."""
        import warnings

        from matplotlib import rc_context

        self._figure.set_size_inches(self.width / _POINTS_PER_INCH, height / _POINTS_PER_INCH)
        axes = self._figure.add_axes((0, 0, 1, 1), xlim=(0, self.width), ylim=(height, 0))
        axes.axis("off")
        with rc_context({"font.family": self._families}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a character that no font has is drawn as a box
            for kind, geometry, options in self._items:
                _draw_item(axes, kind, geometry, options)
            self._figure.savefig(file, format="png", metadata={"Software": None})

    def _text_width(self, text: str, size: float, weight: str) -> float:
        # Between bars, since the renderer leaves out spaces at the ends of a text.
        return self._rendered_width(f"|{text}|", size, weight) - self._rendered_width("||", size, weight)

    def _rendered_width(self, text: str, size: float, weight: str) -> float:
        import warnings

        from matplotlib.font_manager import FontProperties

        properties = FontProperties(family=self._families, size=size, weight=weight)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")
            width, _, _ = self._renderer.get_text_width_height_descent(text, properties, ismath=False)
        return float(width) * _POINTS_PER_INCH / self._figure.dpi


def _draw_item(axes: Any, kind: str, geometry: tuple[Any, ...], options: dict[str, Any]) -> None:
    from matplotlib.patches import FancyBboxPatch

    if kind == "text":
        axes.text(*geometry, parse_math=False, va="baseline", **options)
    elif kind == "rule":
        axes.plot(*geometry, **options)
    else:
        x, y, width, height = geometry
        style = "round,pad=0,rounding_size=2"
        axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, linewidth=0, zorder=0.5, **options))
