from __future__ import annotations

import re
from pathlib import Path

import pytest

from camlode.config.errors import CamlodeError
from camlode.pipeline.display import fonts
from camlode.pipeline.display.fonts import CHINESE_FONTS, LATIN_FONT, choose_font_families


@pytest.fixture
def latin_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no font but matplotlib's own."""
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    monkeypatch.setattr(fonts, "_font_files", lambda: {LATIN_FONT: str(path)})


def test_latin_comes_first() -> None:
    assert choose_font_families("abc")[0] == LATIN_FONT


def test_chinese_has_the_first_of_its_fonts_that_is_there(monkeypatch: pytest.MonkeyPatch, latin_alone: None) -> None:
    there = {**fonts._font_files(), CHINESE_FONTS[5]: "five.ttf", CHINESE_FONTS[3]: "three.ttf"}
    monkeypatch.setattr(fonts, "_font_files", lambda: there)
    assert choose_font_families() == [LATIN_FONT, CHINESE_FONTS[3]]


def test_other_letters_have_whichever_font_has_them(monkeypatch: pytest.MonkeyPatch, latin_alone: None) -> None:
    there = {**fonts._font_files(), "Aardvark": fonts._font_files()[LATIN_FONT], "Empty": "none.ttf"}
    monkeypatch.setattr(fonts, "_font_files", lambda: there)
    monkeypatch.setattr(fonts, "LATIN_FONT", "Gone")
    assert choose_font_families("я") == ["Gone", "Aardvark"]


def test_without_a_font_one_line_says_which_letters_and_what_to_do(latin_alone: None) -> None:
    with pytest.raises(CamlodeError) as caught:
        choose_font_families("good 好天气一二三四五六七!")
    assert re.fullmatch(
        r"a picture needs a font with the letters .{8}…, and this machine has none: install one \(Debian and Ubuntu: "
        r"apt-get install fonts-noto-cjk\) or put a font file into ~/\.local/share/fonts",
        str(caught.value),
    )


def test_signs_and_controls_need_no_font(latin_alone: None) -> None:
    assert choose_font_families("☃🎉\0\ud800\u202e") == [LATIN_FONT]
