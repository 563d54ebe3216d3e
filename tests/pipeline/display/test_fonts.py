from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from camlode.config.errors import CamlodeError
from camlode.pipeline.display import fonts
from camlode.pipeline.display.fonts import CHINESE_FONT, LATIN_FONT, choose_font_families

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without fonts."""
    monkeypatch.setattr(fonts, "_system_fonts", dict)


@pytest.fixture
def hangul_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a system font with one letter: 한, drawn as a square."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from matplotlib.font_manager import fontManager

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap({ord("한"): "square"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (800, 0), "square": (800, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Toy Hangul", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path / "toy.ttf"
    builder.save(path)
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: [str(path), str(tmp_path / "gone.ttf")])
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist])
    fonts._system_fonts.cache_clear()
    yield "Toy Hangul"
    fonts._system_fonts.cache_clear()


@pytest.mark.usefixtures("no_system_fonts")
@pytest.mark.parametrize("text", ["", "good", "好天气", "繁體字", "カナ", "я", "☃🎉\0\ud800\u202e"])
def test_latin_and_chinese_need_no_font_of_the_machine(text: str) -> None:
    # Signs and controls need none at all.
    assert choose_font_families(text) == [LATIN_FONT, CHINESE_FONT]


def test_matplotlib_finds_the_chinese_font_by_its_name() -> None:
    from matplotlib.font_manager import findfont

    choose_font_families()
    assert findfont(CHINESE_FONT, fallback_to_default=False).endswith("NotoSansSC-Regular.otf")


def test_other_letters_have_a_font_of_the_machine_that_has_them(hangul_font: str) -> None:
    assert choose_font_families("한 good") == [LATIN_FONT, CHINESE_FONT, hangul_font]
    assert choose_font_families("good") == [LATIN_FONT, CHINESE_FONT]


@pytest.mark.usefixtures("no_system_fonts")
def test_letters_that_no_font_has_are_named_with_what_to_install() -> None:
    with pytest.raises(CamlodeError) as caught:
        choose_font_families("good 好 가각간갇갈감갑값갓!")
    assert re.fullmatch(
        r"a picture needs a font with the letters [가-힣]{8}…, and this machine has none: install one \(Debian and "
        r"Ubuntu: apt-get install fonts-noto-core fonts-noto-cjk\) or put a font file into ~/\.local/share/fonts",
        str(caught.value),
    )
