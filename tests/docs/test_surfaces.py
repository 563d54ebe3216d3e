"""docs/explaining.md and docs/reports.md hold what they promise: their commands run, and what they print is shown."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.cli import main
from camlode.pipeline.commands.explain import ExplanationFormat
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


@pytest.fixture
def typed(texts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Runs a line in this process, in which TensorFlow starts once; gives what it printed."""
    monkeypatch.chdir(texts)

    def run(line: str) -> str:
        before, _, command = line.rpartition(" | ")
        said = subprocess.run(before, shell=True, stdout=subprocess.PIPE, check=True).stdout if before else b""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return capsys.readouterr().out

    return run


def test_the_ways_to_explain_run_and_print_what_is_shown(texts: Path, typed: Callable[[str], str]) -> None:
    first, label, *others = commands(EXPLAINING)
    assert typed(first) == blocks(EXPLAINING, "text")[0]
    assert "sports  " in typed(label)
    said = [typed(command) for command in others]
    assert [line.count('"text": ') > 0 for line in said[-1].splitlines()] == [True, True]
    assert "«+++bank» said\n«+" in said[-2]
    assert {path.name for path in texts.glob("texts.*")} == {"texts.txt", "texts.html", "texts.md", "texts.png"}


def test_the_python_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (code,) = blocks(EXPLAINING, "python")
    found: dict[str, Any] = {}
    exec(code, found)
    first, second = found["explanations"]
    assert [token.text for token in first.top(2)] == ["record", "profit"]
    assert ">record</span>" in first._repr_html_()
    assert second.labels[0].label == "sports"


def test_what_is_said_of_explanations_holds() -> None:
    assert all(f"| `{name}` |" in EXPLAINING for name in ExplanationFormat)
    assert f"from {LONG_TEXT} characters on, the {PASSAGE_LENGTH} characters" in EXPLAINING
    assert f"up to {MAX_TEXTS} texts" in EXPLAINING
    assert choose_font_families()


def test_the_ways_to_report_run(folder: Path, run: Callable[[str], str]) -> None:
    for command in commands(REPORTS):
        run(command)
    written = {name: (folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.md", "short.md")}
    assert written["report.html"].startswith("<!doctype html>")
    assert "Report of run 1: model on headlines" in written["report.md"]
    assert len(written["short.md"]) < len(written["report.md"])


def test_what_is_said_of_reports_holds() -> None:
    assert f"By default {MAX_PATTERNS} patterns of each label" in REPORTS
    assert f"more than {MAX_PATTERN_ROWS // MAX_PATTERNS} labels fewer" in REPORTS
