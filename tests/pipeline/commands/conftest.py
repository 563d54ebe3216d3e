"""Stores as jobs leave them, and the command line as users call it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.cli import main
from camlode.sql import PatternStore
from tests.factories import (
    make_example,
    make_label,
    make_model,
    make_patterns,
    make_run_counts,
    make_run_result,
    make_run_start,
    publish_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from camlode.sql import ModelEntry, RunStart

ROOT = Path(__file__).parents[3]

MODEL = make_model(("数码", "食物"))
START = make_run_start(MODEL, "questions")
COUNTS = make_run_counts(60)


@dataclass(frozen=True)
class Mined:
    """A store at `path`, into which jobs can be mined."""

    path: str

    @property
    def store(self) -> PatternStore:
        return PatternStore(self.path, create=True)

    def publish(
        self,
        fragments: Mapping[str, Sequence[str]],
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        matched: bool = False,
        examples: Sequence[Mapping[str, Any]] = (),
        model: ModelEntry = MODEL,
        **facts: Any,
    ) -> int:
        """Publishes a run of fragments by label and in the order of their ranks; `changes` by fragment.

        Of rank r, importance is 12 / r, mean 3 / r, share 0.5 / r.
        """
        counts = replace(COUNTS, matched_documents=60, gold_documents=60) if matched else COUNTS
        patterns = make_patterns(fragments, changes, matched=matched)
        gold = {"gold_documents": 30, "agreed_documents": 27} if matched else {}
        labels = [make_label(name, **gold) for name in fragments]
        shown = [make_example(**{"place": "q.jsonl:1", **each}) for each in examples]
        result = make_run_result(patterns, labels, counts, examples=shown)
        return publish_run(self.store, replace(START, model=model, **facts), result)


@pytest.fixture(scope="session")
def store_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Stores that each test gets a copy of: one without runs, and that of `two_runs`."""
    folder = tmp_path_factory.mktemp("stores")
    templates = {name: folder / f"{name}.db" for name in ("empty", "two_runs")}
    assert Mined(str(templates["empty"])).store
    mined = Mined(str(templates["two_runs"]))
    mined.publish({"数码": ["电脑", "耳机"], "食物": ["水果"]})
    newer = replace(MODEL, version="2", digest="d2")
    examples = [
        {"label": "数码", "fragment": "电脑"},
        {"label": "数码", "fragment": "电脑", "kind": "counter", "document": "b", "importance": None},
        {"label": "食物", "fragment": "电脑", "document": "c", "left": "吃[b]"},
    ]
    mined.publish({"数码": ["电脑", "图"], "食物": ["电脑", "水果"]}, matched=True, examples=examples, model=newer)
    return templates


@pytest.fixture
def mined(tmp_path: Path, store_templates: dict[str, Path]) -> Mined:
    """An empty store."""
    return Mined(str(shutil.copy(store_templates["empty"], tmp_path / "patterns.db")))


@pytest.fixture
def two_runs(tmp_path: Path, store_templates: dict[str, Path]) -> Mined:
    """Run 1 without matching, and the current run 2 of a newer model with matching and gold labels."""
    return Mined(str(shutil.copy(store_templates["two_runs"], tmp_path / "patterns.db")))


@pytest.fixture
def run_start() -> RunStart:
    """What is known of a run when it begins."""
    return START


@pytest.fixture
def camlode(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command line in this process; gives its exit code and what it printed."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["camlode", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def run_refused(camlode: Callable[..., Any]) -> Callable[..., str]:
    """The one line that a user's mistake is answered with."""

    def run(*arguments: object) -> str:
        done = camlode(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        line, end = done.stderr[:-1], done.stderr[-1:]
        assert end == "\n"
        assert "\n" not in line
        return str(line).removeprefix("camlode: ")

    return run


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a line of bash in which $camlode is the command line, with more in its environment."""

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = f"{sys.executable} -m camlode.pipeline.cli"
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            env=os.environ | {"camlode": command, "PYTHONPATH": str(ROOT)} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


@pytest.fixture
def parse_table() -> Callable[[str], list[list[str]]]:
    """The words of each line that was printed."""
    return lambda printed: [line.split() for line in printed.splitlines()]
