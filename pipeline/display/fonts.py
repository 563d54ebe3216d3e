"""Fonts for pictures by matplotlib: one for Latin, one for Chinese, and the machine's own for other scripts."""

from __future__ import annotations

import unicodedata
from functools import cache

from camlode.config.errors import CamlodeError

LATIN_FONT = "DejaVu Sans"
"""The font that comes with matplotlib: Latin, Greek, Cyrillic and many signs."""

CHINESE_FONT = "Noto Sans SC"
"""The font of the package pylopdf-fonts-zh-cn: all Chinese characters of Unicode's first plane, and kana."""

INSTALL_HINT = (
    "install one (Debian and Ubuntu: apt-get install fonts-noto-core fonts-noto-cjk) or put a font file into "
    "~/.local/share/fonts"
)

_IGNORED_FONTS = ("Last Resort", "LastResort")  # they have a box for every character
_MAX_MISSING_SHOWN = 8


def choose_font_families(text: str = "") -> list[str]:
    """Names of fonts for matplotlib's `font.family`, each for the letters that those before it lack.

    The Latin and the Chinese font are installed with camlode. The machine's fonts are searched only for letters of
    `text` that both lack.

    Raises:
        CamlodeError: no font on this machine has some letter of `text`.
    """
    fonts = _installed_fonts()
    chosen = [*fonts]
    missing = {character for character in text if unicodedata.category(character).startswith("L")}
    for path in fonts.values():
        missing -= _find_drawable(path, missing)
    for name, path in sorted(_system_fonts().items()) if missing else ():
        if missing and (found := _find_drawable(path, missing)):
            chosen.append(name)
            missing -= found
    if missing:
        shown = "".join(sorted(missing)[:_MAX_MISSING_SHOWN]) + ("…" if len(missing) > _MAX_MISSING_SHOWN else "")
        raise CamlodeError(
            f"a picture needs a font with the letters {shown}, and this machine has none: {INSTALL_HINT}"
        )
    return chosen


def _find_drawable(path: str, characters: set[str]) -> set[str]:
    """Return those of the characters that the font at `path` can draw."""
    from matplotlib.ft2font import FT2Font

    if not characters:
        return set()
    font = FT2Font(path)
    return {character for character in characters if font.get_char_index(ord(character))}


@cache
def _installed_fonts() -> dict[str, str]:
    """Paths of the fonts that are installed with camlode, by the names that matplotlib knows them by from here on."""
    from matplotlib.font_manager import findfont, fontManager
    from pylopdf_fonts_zh_cn import sans_path

    chinese = str(sans_path())
    fontManager.addfont(chinese)
    return {LATIN_FONT: findfont(LATIN_FONT), CHINESE_FONT: chinese}


@cache
def _system_fonts() -> dict[str, str]:
    """Paths of the upright fonts of this machine, by name."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    for path in sorted(map(str, findSystemFonts())):
        if path not in known:
            # matplotlib caches the list of its first use: fonts that were installed later are missing from it.
            try:
                fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):
                continue  # not a font that matplotlib can draw
    entries = [entry for entry in fontManager.ttflist if entry.style == "normal"]
    return {entry.name: entry.fname for entry in entries if not entry.name.startswith(_IGNORED_FONTS)}
