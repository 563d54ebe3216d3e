"""Each format has a section in docs/exports.md, whose commands and examples run and print what it shows."""

from __future__ import annotations

import doctest
import re
import shlex
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.cli import main
from camlode.rules.exports import EXPORTERS
from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet
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
    from collections.abc import Mapping, Sequence

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def publish(path: Path, fragments: Mapping[str, Sequence[str]]) -> None:
    """Publish one run of 60 documents with these fragments by label."""
    gold = {"gold_documents": 30, "agreed_documents": 27}
    result = make_run_result(
        make_patterns(fragments, {text: {"units": 2} for text in chain(*fragments.values())}),
        [make_label(name, **gold) for name in fragments],
        make_run_counts(60, gold_documents=60, matched_documents=60),
        examples=[make_example("food", "olive oil", left="an ", right=" for you")] if "food" in fragments else (),
    )
    publish_run(PatternStore(path, create=True), make_run_start(make_model([*fragments])), result)


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
