from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import RulesError
from camlode.rules.exports import EXPORTERS, BinaryExporter, TextExporter
from camlode.rules.exports.writing import file_name, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CSV, WORDS, JIEBA = (EXPORTERS[name] for name in ("csv", "words", "jieba"))


def broken(patterns: Any) -> Iterator[str]:
    yield "begun\n"
    raise KeyError("half-way")


def broken_write(patterns: Any, file: Any) -> None:
    file.write(b"begun")
    raise KeyError("half-way")


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("exporter", [TextExporter(".txt", broken), BinaryExporter(".bin", broken_write)])
def test_what_fails_half_way_leaves_what_was_there(make_patterns: Any, tmp_path: Path, exporter: Any) -> None:
    (tmp_path / "old").write_text("old")
    with pytest.raises(KeyError):
        write(exporter, make_patterns({"a": ["x"]}), tmp_path / "old")
    assert files(tmp_path) == {"old": "old"}


def test_a_file_takes_the_place_of_the_old_one(make_patterns: Any, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(WORDS, make_patterns({"a": ["x", "图"]}, label="a"), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert files(tmp_path) == {"real": "x\n图\n", "link": "x\n图\n"}


def test_words_of_several_labels_have_a_file_each(make_patterns: Any, tmp_path: Path) -> None:
    patterns = make_patterns({"food": ["apple", "a\nb"], "none": [], "../科技%": ["手机"]})
    (tmp_path / "lists").mkdir()
    write(WORDS, patterns, tmp_path / "lists")
    assert [path.name for path in tmp_path.iterdir()] == ["lists"]
    assert files(tmp_path / "lists") == {"food.txt": "apple\n", "%2E.%2F科技%25.txt": "手机\n"}
    assert patterns.left_out == {"a line break": 1}


def test_a_folder_that_fails_half_way_is_none(make_patterns: Any, tmp_path: Path) -> None:
    exporter = TextExporter(".txt", broken, by_label=True)
    with pytest.raises(KeyError):
        write(exporter, make_patterns({"a": ["x"]}), tmp_path / "lists")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("label", "name"), [("a b", "a b.csv"), (".", "%2E.csv"), ("a/b:c", "a%2Fb%3Ac.csv"), ("\n", "%0A.csv")]
)
def test_a_label_is_a_safe_name(label: str, name: str) -> None:
    assert file_name(label, ".csv") == name


def test_a_pipe_is_written_to_as_it_is(make_patterns: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        write(CSV, make_patterns({"a": ["x"]}), tmp_path / "pipe")
        assert reader.stdout is not None
        assert reader.stdout.read().decode().splitlines()[1].startswith("1/a/1,a,x,")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_target_that_cannot_be_written_is_refused(make_patterns: Any, tmp_path: Path) -> None:
    patterns = make_patterns({"a": ["x"]})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(
        RulesError, match=r"full already exists, and the lists of several labels need a separate folder"
    ):
        write(WORDS, patterns, tmp_path / "full")
    with pytest.raises(RulesError, match="full is a folder: name a file"):
        write(CSV, patterns, tmp_path / "full")
    with pytest.raises(RulesError, match="gone/file cannot be written: No such file or directory"):
        write(CSV, patterns, tmp_path / "gone" / "file")
    assert files(tmp_path / "full") == {"file": ""}


@pytest.mark.parametrize("exporter", [WORDS, replace(WORDS, by_label=False), JIEBA])
def test_an_empty_export_is_refused(make_patterns: Any, tmp_path: Path, exporter: Any) -> None:
    with pytest.raises(RulesError, match=r"can express none of the patterns: each holds a (line break|character at)"):
        write(exporter, make_patterns({"a": ["x\n", "\r"]}), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
