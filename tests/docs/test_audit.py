"""docs/audit.md holds what it promises: its commands and its Python run, on a store of two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.docs.conftest import DOCS, blocks, commands, headlines, run_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (DOCS / "audit.md").read_text(encoding="utf-8")
HERE = {" 3 --against 4": " 1 --against 2", "entertainment": "finance", "基金": "shares", "against=4": "against=2"}


def replace_paths(text: str) -> str:
    """What the page says, with the runs, labels and fragments that there are."""
    for told, known in HERE.items():
        text = text.replace(told, known)
    return text


@pytest.fixture
def audited(folder: Path, run: Callable[[str], str]) -> Path:
    """The folder, mined a second time, as another corpus."""
    (folder / "newer").mkdir()
    pq.write_table(pa.Table.from_pylist(headlines()[:120]), folder / "newer" / "0.parquet")
    run("camlode mine job.yaml --fresh --set 'corpus.paths=newer/*.parquet'")
    return folder


def test_what_the_page_says_runs(audited: Path, run: Callable[[str], str]) -> None:
    told = commands(PAGE)
    assert len(told) == 5
    for command in map(replace_paths, told):
        answer = run_in(audited, command)
        # With --fail-on, 1 says that there is a finding.
        assert answer.returncode in ((0, 1) if "--fail-on" in command else (0,)), f"{command}\n{answer.stderr}"
    assert (audited / "audit.md").read_text(encoding="utf-8").startswith("#")
    (code,) = blocks(PAGE, "python")
    (audited / "page.py").write_text(replace_paths(code).replace("found.findings[0].why", "found.findings[:1]"))
    run("python page.py")
