"""Fonts of this machine that can draw a text, Chinese or any other, in pictures by matplotlib."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

LATIN_FONT = "DejaVu Sans"
"""The font that comes with matplotlib: Latin, Greek, Cyrillic and many signs."""

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Fonts with Chinese characters, the first that is there is taken."""

INSTALL_HINT = (
    "install one (Debian and Ubuntu: apt-get install fonts-noto-cjk) or put a font file into ~/.local/share/fonts"
)

_IGNORED_FONTS = ("Last Resort", "LastResort")  # they have a box for everything
_MAX_MISSING_SHOWN = 8


def choose_font_families(text: str = "") -> list[str]:
    """Names of fonts for matplotlib's `font.family`, each for what those before it lack: one for Latin, one for Chinese
    if there is any, and whichever else it takes for all letters of `text`.

    Raises:
        CamlodeError: no font of this machine has some letter of `text`.
    """
    font_files = _font_files()
    chosen = [LATIN_FONT, *[name for name in CHINESE_FONTS if name in font_files][:1]]
    missing = {character for character in text if unicodedata.category(character).startswith("L")}
    for name in chosen:
        missing -= _drawable_characters(name, missing)
    for name in sorted(font_files):
        if missing and (found := _drawable_characters(name, missing)):
            chosen.append(name)
            missing -= found
    if missing:
        shown = "".join(sorted(missing)[:_MAX_MISSING_SHOWN]) + ("…" if len(missing) > _MAX_MISSING_SHOWN else "")
        raise CamlodeError(
            f"a picture needs a font with the letters {shown}, and this machine has none: {INSTALL_HINT}"
        )
    return chosen


def _drawable_characters(name: str, characters: set[str]) -> set[str]:
    """Those of the characters that a font can draw."""
    from matplotlib.ft2font import FT2Font

    if not characters:
        return set()
    path = _font_files().get(name)
    if path is None:
        return set()
    font = FT2Font(path)
    return {character for character in characters if font.get_char_index(ord(character))}


@cache
def _font_files() -> dict[str, str]:
    """The upright fonts of this machine by name, with their files."""
    from matplotlib.font_manager import fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    for path in _find_font_paths():
        if path not in known:
            # matplotlib keeps a list from the day of its first use: what was installed later isn't in it.
            try:
                fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):
                continue  # not a font that matplotlib can draw
    entries = [entry for entry in fontManager.ttflist if entry.style == "normal"]
    return {entry.name: entry.fname for entry in entries if not entry.name.startswith(_IGNORED_FONTS)}


def _find_font_paths() -> Iterator[str]:
    from matplotlib.font_manager import findSystemFonts

    yield from sorted(map(str, findSystemFonts()))
