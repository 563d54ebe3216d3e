"""The messages in docs/troubleshooting.md occur in the sources, and many of them are provoked here."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import errors
from camlode.pipeline.cli import main
from camlode.pipeline.commands.options import EXIT_CODES
from camlode.pipeline.readers.base import RejectReason
from camlode.pipeline.stages.encode import NO_TOKENS
from camlode.pipeline.stages.extract import NON_FINITE_OUTPUT
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
TABLES = re.findall(r"^\| message \|.*\n\|---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
MESSAGES = re.findall(r"^\| `(.*?)` \|", "".join(TABLES), re.MULTILINE)
ANY = "…"
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}


def template(node: ast.expr) -> str | None:
    """The text of a string in a source, with … for its fields."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) or ANY if isinstance(part, ast.Constant) else ANY for part in node.values)
    return None


def message_kind(node: ast.AST) -> str | None:
    """The class of error that a call creates, such as StoreError."""
    name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
    return name if name in KINDS else None


def find_strings(node: ast.AST, kind: str | None = None) -> Iterator[tuple[str, str | None]]:
    """All strings in a source except docstrings, each with the class of its error."""
    kind = message_kind(node) or kind
    if isinstance(node, ast.expr) and (text := template(node)) is not None:
        yield text, kind
        return
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        yield from () if docstring else find_strings(child, kind)


@cache
def find_messages() -> list[tuple[str, str | None]]:
    sources = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [each for path in sources for each in find_strings(ast.parse(path.read_text(encoding="utf-8")))]


def pattern(message: str) -> re.Pattern[str]:
    """A pattern that matches a quoted message, with anything for …."""
    return re.compile(".*".join(map(re.escape, filter(None, message.split(ANY)))), re.DOTALL)


@cache
def places(message: str) -> list[tuple[str, str | None]]:
    """The strings of the sources that match a quoted message."""
    words = [*filter(None, message.split(ANY))]
    likely = [each for each in find_messages() if all(part in each[0] for part in words)]
    return [each for each in likely if pattern(message).search(each[0])]


def test_there_is_a_table_for_each_topic() -> None:
    assert len(TABLES) == 9
    assert len(MESSAGES) == sum(table.count("\n") for table in TABLES) > 100
    assert len(PAGE.splitlines()) <= 250


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_is_in_the_sources(message: str) -> None:
    assert sum(map(len, message.split(ANY))) >= 8
    assert places(message)


def test_every_class_of_error_occurs() -> None:
    found = {kind for message in MESSAGES for _, kind in places(message)}
    assert found - {None} == KINDS


def test_every_reject_reason_is_listed() -> None:
    table = PAGE.partition("| reason |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", re.sub(r"\| [^`].*", "", table))) == {*RejectReason, NO_TOKENS, NON_FINITE_OUTPUT}


def test_every_exit_code_is_listed() -> None:
    table = PAGE.partition("| exit code |")[2].partition("\n\n")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == [*EXIT_CODES]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store."""
    path = tmp_path_factory.mktemp("store") / "patterns.db"
    PatternStore(path, create=True)
    return path


@pytest.fixture
def folder(write_job: Callable[..., Path], store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy's job, an empty store, the database of another program, and files with errors."""
    write_job([{"id": "a", "text": "水果"}])
    shutil.copy(store, tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE notes (text)")
    (tmp_path / "broken.yaml").write_text("corpus: {paths: a\n")
    (tmp_path / "empty.yaml").write_text("{}")
    (tmp_path / "twice.yaml").write_text("corpus: {paths: a}\ncorpus: {paths: b}\n")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "blank.jsonl").write_text("\n\n")
    (tmp_path / "rules.json").write_text('{"camlode_rules": 1,\n}')
    (tmp_path / "later.json").write_text(json.dumps({"camlode_rules": 99}))
    (tmp_path / "void").mkdir()
    (tmp_path / "latin.txt").write_bytes("é\n".encode("latin-1"))
    (tmp_path / "short.txt").write_text("<PAD>\n水\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_and_capture(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Runs camlode, which must fail, and returns its error output."""

    def run(line: str) -> str:
        monkeypatch.setattr(sys, "argv", ["camlode", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (2, 3)
        return capsys.readouterr().err

    return run


DRY = "mine job.yaml --dry-run --set "
PROVOKED = [
    ("quary patterns.db", "there is no command …"),
    ("query patterns.db --lable a", "…; see … --help"),
    ("query", "…; see … --help"),
    ("-q -v query patterns.db", "--quiet and --verbose contradict each other: leave one out"),
    ("init job.yaml", "… exists already; give another name"),
    ("init gone/job.yaml", "… cannot be written: …"),
    ("mine gone.yaml", "…: there is no such file; …"),
    ("mine broken.yaml", "broken YAML: …"),
    ("mine twice.yaml", "the key … is there twice"),
    ("mine job.yaml --set run.wrokers=2", "unknown key …; …"),
    ("mine job.yaml --set run.workers=many", "…: expected …, got …"),
    ("mine job.yaml --set corpus.text=1", "; put it in quotes"),
    ("mine empty.yaml", "… is missing: …"),
    ("mine job.yaml --set workers=2", "--set …: expected section.key=value…"),
    (DRY + "model.labels=latin.txt", "model.labels: … is not UTF-8 at byte …: save it as UTF-8"),
    (DRY + "model.labels=[a,a]", "model.labels: …… is both label … and …; expected it once"),
    (
        DRY + "model.labels=[a]",
        "model.labels has … labels, but the model has … outputs; give one label for each output",
    ),
    (DRY + "attribution.method=text-grad-cam", "attribution.method: … divides each text's scores by their own maximum"),
    (DRY + "corpus.paths=gone.jsonl", "… does not exist (working folder: …)"),
    (DRY + "corpus.paths='*.csv'", "… matches no file (working folder: …)"),
    (DRY + "corpus.paths=void", "the folder … holds no file that ends in …"),
    (DRY + "corpus.paths=patterns.db", "cannot tell the format of …: expected a file that ends in …"),
    (DRY + "corpus.paths=empty.jsonl", "the corpus is empty: no record in its files (…); check corpus.paths"),
    (DRY + "corpus.paths=blank.jsonl", "there is no record in …; check corpus.paths"),
    (DRY + "corpus.paths=nosuch://a", "cannot open …: …"),
    (DRY + "model.path=gone.keras", "…: … cannot be read: …: expected an existing file"),
    ("explain job.yaml 水果 --set model.path=gone.keras", "…: no such model file; set … to a .keras or .h5 file"),
    (DRY + "model.layers=[cnv]", "…: the model calls no layer named …; …"),
    (
        "explain job.yaml 水果 --set tokenizer.vocabulary=gone.txt",
        "…: no such vocabulary file; set tokenizer.vocabulary",
    ),
    (
        DRY + "tokenizer.vocabulary=short.txt",
        "…: none of … is in the vocabulary; set tokenizer.unknown to the id or token that the model was trained with "
        "for unknown text, or to 'skip'",
    ),
    ("query gone.db", "there is no pattern store at …: camlode mine makes one"),
    (
        "query other.db",
        "…: not a pattern store, but a database with the tables …: nothing was changed",
    ),
    ("query job.yaml", "not a SQLite database, so not a pattern store"),
    ("query mysql://a", "…: stores are kept in SQLite or PostgreSQL, not …: expected a file or …"),
    (DRY + "store.url=gone/patterns.db", "…: the folder … does not exist: make it, or name another"),
    ("rejects patterns.db 9", "there is no run …: camlode runs lists them"),
    ("rules show rules.json", "…, line …: this is not JSON: …"),
    (
        "rules show later.json",
        "… is a rule file of version …, and this camlode reads version …: install a later camlode",
    ),
    (
        "rules show patterns.db",
        "… is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules list shows …",
    ),
    ("explain job.yaml 天 --set tokenizer.unknown=skip", "nothing of … is a token that the model knows"),
    ("explain job.yaml 水果 --label 食品", "the model has no label …; …"),
]


@pytest.mark.parametrize(("line", "message"), PROVOKED, ids=[line for line, _ in PROVOKED])
def test_the_quoted_message_is_printed(run_and_capture: Any, line: str, message: str) -> None:
    assert [each for each in MESSAGES if pattern(message).search(each)]
    assert pattern(message).search(run_and_capture(line))
