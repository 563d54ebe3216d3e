"""The commands and the Python of docs/audit.md run, on a store with two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import DOCS, blocks, commands, run_in, write_headlines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (DOCS / "audit.md").read_text(encoding="utf-8")
REPLACEMENTS = {
    " 3 --against 4": " 1 --against 2",
    "entertainment": "finance",
    "基金": "shares",
    "against=4": "against=2",
}


def adapt(text: str) -> str:
    """Replace the runs, labels and fragments of the page by those of the folder."""
    for old, new in REPLACEMENTS.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def two_runs(folder: Path, run: Callable[[str], str]) -> Path:
    """The folder, mined a second time with another corpus."""
    write_headlines(folder / "newer", 120)
    run("camlode mine job.yaml --fresh --set 'corpus.paths=newer/*.parquet'")
    return folder


def test_commands_and_python_run(two_runs: Path, run: Callable[[str], str]) -> None:
    lines = commands(PAGE)
    assert len(lines) == 5
    for line in map(adapt, lines):
        result = run_in(two_runs, line)
        # With --fail-on, exit code 1 means that there is a finding.
        assert result.code in ((0, 1) if "--fail-on" in line else (0,)), f"{line}\n{result.stderr}"
    assert (two_runs / "audit.md").read_text(encoding="utf-8").startswith("#")
    (code,) = blocks(PAGE, "python")
    (two_runs / "page.py").write_text(adapt(code).replace("found.findings[0].why", "found.findings[:1]"))
    run("python page.py")
