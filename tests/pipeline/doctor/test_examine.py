from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.display import fonts
from camlode.pipeline.doctor.examine import check_fonts
from camlode.pipeline.doctor.probes import CheckResult

if TYPE_CHECKING:
    import pytest


def test_a_font_with_chinese_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    found = check_fonts()
    if found.state == "ok":
        assert found.found in fonts._font_files()
    # A machine that has what comes with matplotlib alone.
    latin = {fonts.LATIN_FONT: fonts._font_files()[fonts.LATIN_FONT]}
    monkeypatch.setattr(fonts, "_font_files", lambda: latin)
    assert check_fonts() == CheckResult(
        "font for pictures", "missing", "none with Chinese characters", fonts.INSTALL_HINT
    )
    assert not check_fonts().fails
