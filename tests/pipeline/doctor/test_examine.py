from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from camlode.pipeline.display import fonts
from camlode.pipeline.doctor.checks import CheckResult
from camlode.pipeline.doctor.examine import check_fonts

if TYPE_CHECKING:
    import pytest


def test_the_font_of_pictures_comes_with_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_fonts() == CheckResult("font for pictures", "ok", "Noto Sans SC")
    fonts._installed_fonts.cache_clear()
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    broken = check_fonts()
    assert (broken.state, broken.remedy) == ("problem", "pip install matplotlib pylopdf-fonts-zh-cn")
