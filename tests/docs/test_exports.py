"""Each format has a section in docs/exports.md, whose commands and examples run and print what it shows."""

from __future__ import annotations

import doctest
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from camlode.pipeline.cli import main
from camlode.rules.exports import EXPORTERS
from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet
from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunCounts, RunResult, RunStart
from tests.factories import MATCHED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

FACTS: dict[str, Any] = {"units": 2, "documents": 4, "occurrences": 5, **MATCHED, "c_value": 4.0, "maximal": True}
EXAMPLE = {
    "label": "food",
    "fragment": "olive oil",
    "kind": "supporting",
    "position": 1,
    "document": "a",
    "place": "news.jsonl:1",
    "left": "an ",
    "hit": "olive oil",
    "right": " for you",
    "importance": 1.5,
}


def publish(path: Path, fragments: Mapping[str, Sequence[str]]) -> None:
    """Publish one run of 60 documents; a fragment of rank r has importance 12 / r, mean 3 / r and share 0.5 / r."""
    labels = tuple(fragments)
    model = ModelEntry("cnn", None, "0", "multiclass", labels, (0.0,) * len(labels), ("conv",))
    corpus = CorpusEntry("news", "0", files=1, bytes=1)
    rows = [
        {"label": label, "rank": rank, "fragment": text, "normalised": text, **FACTS}
        | {"importance": 12 / rank, "mean": 3 / rank, "share": 0.5 / rank}
        for label, texts in fragments.items()
        for rank, text in enumerate(texts, start=1)
    ]
    sums = {"documents": 40, "importance": 24.0, "gold_documents": 30, "agreed_documents": 27}
    examples = [EXAMPLE] if "food" in fragments else []
    result = RunResult(
        pa.Table.from_pylist(rows),
        pa.Table.from_pylist(examples, schema=pa.Table.from_pylist([EXAMPLE]).schema),
        pa.Table.from_pylist([{"name": label} | sums for label in labels]),
        {},
        RunCounts(60, 60, 0, 0, 0, 0.0, 0, None, 1, 0, gold_documents=60, matched_documents=60),
    )
    store = PatternStore(path, create=True)
    run = store.start_run(RunStart("0", {}, "work", "grad-cam", "word", model, corpus, {}, {}))
    store.publish(run, result)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the page's commands."""
    publish(tmp_path / "patterns.db", {"technology": ["electric car", "C++"], "food": ["olive oil", "don't cook"]})
    publish(tmp_path / "headlines.db", {"科技": ["手机", "苹果手机"], "财经": ["上涨"]})
    write_rules(RuleSet("multiclass", ("a",), (Rule("1", "a", "x", {}),), {"a": 0.0}), tmp_path / "rules.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "labelling", raising=False)
    return tmp_path


def run(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", shlex.split(line))
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code, line


def read_output(line: str) -> str:
    """The text file that a command has written, if any."""
    name = re.search(r" -o (\S+)", line)
    path = Path(name[1]) if name else None
    return path.read_text(encoding="utf-8") if path and path.is_file() and path.suffix != ".parquet" else ""


def test_every_format_has_a_section() -> None:
    assert list(SECTIONS) == list(EXPORTERS)
    assert re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE) == list(EXPORTERS)


def test_the_first_commands_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert first is not None
    for line in first[1].replace("0.8", "0.7").splitlines():
        run(line, monkeypatch)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_shows_what_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    shown, globs, checked = "", {}, 0
    for kind, block in re.findall(r"^```(\w+)\n(.*?)^```", SECTIONS[name], re.MULTILINE | re.DOTALL):
        if kind == "sh" and block.startswith("camlode"):
            run(block, monkeypatch)
            shown = capsys.readouterr().out or read_output(block)
        elif kind == "text":
            assert doctest.OutputChecker().check_output(block, shown, FLAGS), shown
            checked += 1
        elif kind == "pycon":
            example = doctest.DocTestParser().get_doctest(block, globs, name, "exports.md", 0)
            assert example.examples
            runner = doctest.DocTestRunner(optionflags=FLAGS)
            failures = runner.run(example, clear_globs=False)
            globs = example.globs
            assert failures.failed == 0, capsys.readouterr().out
            checked += 1
    assert checked
