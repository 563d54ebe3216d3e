from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING
from zipfile import ZipFile

import fsspec
import pytest

from camlode.config.errors import CorpusError
from camlode.config.sections import Corpus
from camlode.pipeline.records import CorpusFile
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.jsonl", "a.txt", "deep/c.csv", "deep/er/d.parquet", "deep/notes.md"):
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "corpus"


@pytest.fixture
def memory() -> Iterator[str]:
    system = fsspec.filesystem("memory")
    system.pipe({"/plan/y.txt": b"y\n", "/plan/x.txt": b"xx\n"})
    yield "memory://plan"
    system.rm("/plan", recursive=True)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["corpus"], ["a.txt", "b.jsonl", "deep/c.csv", "deep/er/d.parquet"]),
        (["corpus/*"], ["a.txt", "b.jsonl", "deep/c.csv", "deep/er/d.parquet"]),
        (["corpus/*.*"], ["a.txt", "b.jsonl"]),
        (["corpus/**/*.md", "corpus/a.txt"], ["a.txt", "deep/notes.md"]),
        (["corpus/b.jsonl", "./corpus/../corpus/b.jsonl", "corpus/*.jsonl"], ["b.jsonl"]),
        (["corpus/deep/notes.md"], ["deep/notes.md"]),
    ],
)
def test_files_are_found_sorted_and_once(folder: Path, paths: list[str], names: list[str]) -> None:
    assert find_files(paths) == tuple(CorpusFile(str(folder / name), len(name)) for name in names)


def test_a_file_url_is_the_same_as_its_path(folder: Path) -> None:
    path = folder / "a.txt"
    assert find_files([path.as_uri(), str(path)]) == (CorpusFile(str(path), 5),)


def test_a_linked_file_has_the_size_of_its_text(folder: Path) -> None:
    (folder / "link.txt").symlink_to("deep/er/d.parquet")
    assert find_files(["corpus/link.txt", "corpus/li*"]) == (CorpusFile(str(folder / "link.txt"), 17),)


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(folder: Path) -> None:
    (folder / "a[1].txt").write_bytes(b"one")
    assert find_files(["corpus/a[1].txt"]) == (CorpusFile(str(folder / "a[1].txt"), 3),)


@pytest.mark.parametrize("address", ["memory://plan", "memory://plan/*.txt"])
def test_files_elsewhere_get_urls(memory: str, address: str) -> None:
    assert find_files([address]) == (
        CorpusFile("memory:///plan/x.txt", 3),
        CorpusFile("memory:///plan/y.txt", 2),
    )


def test_a_file_of_unknown_size_is_an_error(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(fsspec.filesystem("memory")), "info", lambda *_: {"type": "file", "size": None})
    with pytest.raises(
        CorpusError, match=r"the size of memory:///plan/x\.txt is unknown, .*copy the file to a disk first"
    ):
        find_files([f"{memory}/x.txt"])


def test_files_in_an_archive_are_found_and_read(folder: Path) -> None:
    archive = folder / "all.zip"
    with ZipFile(archive, "w") as opened:
        opened.writestr("in/a.txt", "one\ntwo\n")
    files = find_files([f"zip://in/*.txt::{archive}"])
    assert files == (CorpusFile(f"zip://in/a.txt::{archive}", 8),)
    assert len(plan_shards(files, Corpus(paths=["x"]), 1)) == 2


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("corpus/none.txt", r"\Acorpus/none\.txt does not exist \(working folder: .+\)\Z"),
        ("corpus/*.pq", r"\Acorpus/\*\.pq matches no file \(working folder: .+\)\Z"),
        ("empty", r"\Athe folder empty holds no file that ends in \.parquet, "),
        ("bogus://x/y", r"\Acannot open bogus://x/y: Protocol not known: bogus"),
    ],
)
def test_an_address_without_files_is_an_error(folder: Path, address: str, message: str) -> None:
    (folder.parent / "empty").mkdir()
    with pytest.raises(CorpusError, match=message):
        find_files(["corpus/a.txt", address])


def test_a_file_name_that_is_not_utf8_is_an_error(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.txt")).write_bytes(b"a")
    with pytest.raises(CorpusError, match="is not UTF-8: rename the file"):
        find_files(["corpus"])


def _text(folder: Path, name: str, content: bytes) -> CorpusFile:
    (folder / name).write_bytes(content)
    return CorpusFile(str(folder / name), len(content))


def test_shards_are_numbered_over_the_files(tmp_path: Path) -> None:
    files = [_text(tmp_path, name, b"a\nb\n") for name in ("x.txt", "y.txt")]
    shards = plan_shards(files, Corpus(paths=["x"]), 1)
    assert [(shard.number, shard.file, shard.unit, shard.start, shard.stop) for shard in shards] == [
        (0, files[0], "bytes", 0, 2),
        (1, files[0], "bytes", 2, 4),
        (2, files[1], "bytes", 0, 2),
        (3, files[1], "bytes", 2, 4),
    ]


def test_the_id_of_a_shard_is_made_of_its_file_and_range(tmp_path: Path) -> None:
    file = _text(tmp_path, "x.txt", b"a\nb\n")
    (shard,) = plan_shards([file], Corpus(paths=["x"]), 9)
    named = f"{file.path}\n4\nbytes\n0\n4"
    assert shard.id == hashlib.sha256(named.encode()).hexdigest()[:16]


def test_an_empty_file_gives_no_shard(tmp_path: Path) -> None:
    empty, full = _text(tmp_path, "empty.parquet", b""), _text(tmp_path, "full.txt", b"a")
    assert [shard.file for shard in plan_shards([empty, full], Corpus(paths=["x"]), 9)] == [full]


def test_a_corpus_without_records_is_an_error(tmp_path: Path) -> None:
    files = [_text(tmp_path, "empty.parquet", b""), _text(tmp_path, "header.csv", b"text\n")]
    with pytest.raises(CorpusError, match="the corpus is empty"):
        plan_shards(files, Corpus(paths=["x"]), 9)


def test_an_unknown_suffix_needs_a_declared_format(tmp_path: Path) -> None:
    file = _text(tmp_path, "part-0001", b'{"text": "a"}\n')
    with pytest.raises(CorpusError, match=r"cannot tell the format of .*part-0001"):
        plan_shards([file], Corpus(paths=["x"]), 9)
    assert len(plan_shards([file], Corpus(paths=["x"], format="jsonl"), 9)) == 1
