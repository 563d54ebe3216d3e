"""The commands and the Python of docs/explaining.md and docs/reports.md run, and print what the pages show."""

from __future__ import annotations

from contextlib import chdir
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest

from camlode.pipeline.commands.explain import explain
from camlode.pipeline.display.fonts import choose_font_families
from camlode.pipeline.explanations.highlight import LONG_TEXT, PASSAGE_LENGTH
from camlode.pipeline.explanations.png import MAX_TEXTS
from camlode.pipeline.report.collect import MAX_PATTERN_ROWS, MAX_PATTERNS
from tests.docs.conftest import DOCS, blocks, commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXPLAINING, REPORTS = ((DOCS / name).read_text(encoding="utf-8") for name in ("explaining.md", "reports.md"))


@pytest.fixture
def texts(folder: Path) -> Path:
    (folder / "texts.txt").write_text(
        "record profit after the match\nthe coach said\na record profit\n", encoding="utf-8"
    )
    (folder / "letter.txt").write_text("the bank said\nshares fell\n", encoding="utf-8")
    return folder


def test_explain_commands_run_and_print_what_is_shown(texts: Path, run: Callable[[str], str]) -> None:
    first, label, *others = commands(EXPLAINING)
    assert run(first) == blocks(EXPLAINING, "text")[0]
    assert "sports  " in run(label)
    outputs = [run(line) for line in others]
    assert [line.count('"text": ') > 0 for line in outputs[-1].splitlines()] == [True, True]
    assert "«+++bank» said\n«+" in outputs[-2]
    assert {path.name for path in texts.glob("texts.*")} == {"texts.txt", "texts.html", "texts.md", "texts.png"}


def test_python_runs(folder: Path) -> None:
    (code,) = blocks(EXPLAINING, "python")
    names: dict[str, Any] = {}
    with chdir(folder):
        exec(code, names)
    first, second = names["explanations"]
    assert [token.text for token in first.top(2)] == ["record", "profit"]
    assert ">record</span>" in first._repr_html_()
    assert second.labels[0].label == "sports"


def test_numbers_about_explanations() -> None:
    formats = get_args(get_type_hints(explain)["output_format"])
    assert all(f"| `{name}` |" in EXPLAINING for each in formats for name in get_args(each))
    assert f"from {LONG_TEXT} characters on, the {PASSAGE_LENGTH} characters" in EXPLAINING
    assert f"up to {MAX_TEXTS} texts" in EXPLAINING
    assert choose_font_families()


def test_report_commands_run(folder: Path, run: Callable[[str], str]) -> None:
    for line in commands(REPORTS):
        run(line)
    written = {name: (folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.md", "short.md")}
    assert written["report.html"].startswith("<!doctype html>")
    assert "Report of run 1: model on headlines" in written["report.md"]
    assert len(written["short.md"]) < len(written["report.md"])


def test_numbers_about_reports() -> None:
    assert f"By default {MAX_PATTERNS} patterns of each label" in REPORTS
    assert f"more than {MAX_PATTERN_ROWS // MAX_PATTERNS} labels fewer" in REPORTS
