from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.doctor.examine import font_finding
from pipeline.doctor.finding import Finding
from pipeline.views import fonts

if TYPE_CHECKING:
    import pytest


def test_a_font_with_chinese_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    found = font_finding()
    if found.state == "ok":
        assert found.found in fonts._files()
    # A machine that has what comes with matplotlib alone.
    latin = {fonts.LATIN: fonts._files()[fonts.LATIN]}
    monkeypatch.setattr(fonts, "_files", lambda: latin)
    assert font_finding() == Finding("font for pictures", "missing", "none with Chinese characters", fonts.CURE)
    assert not font_finding().fails
