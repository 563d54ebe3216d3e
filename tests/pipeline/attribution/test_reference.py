from __future__ import annotations

from pathlib import Path

from camlode.pipeline.attribution.methods import METHODS
from camlode.pipeline.attribution.reference import render_reference

ROOT = Path(__file__).parents[3]


def test_the_page_of_methods_is_up_to_date() -> None:
    assert (ROOT / "docs" / "methods.md").read_text(encoding="utf-8") == render_reference()


def test_every_method_has_its_section() -> None:
    assert [line.removeprefix("## ") for line in render_reference().splitlines() if line[:3] == "## "] == [*METHODS]
