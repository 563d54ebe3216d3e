from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import Job, JobError, compute_digests, compute_fingerprint, compute_fingerprint_parts, parse_job

if TYPE_CHECKING:
    from pathlib import Path

VECTORIZER = {"name": "vectorizer", "path": "vectorizer.keras"}

CHECKPOINT = {"model": {"path": "model.ckpt-5"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return create_job_files(tmp_path / "home")


def create_job_files(folder: Path) -> Path:
    """A folder with all the files that a job may name."""
    (folder / "saved" / "variables").mkdir(parents=True)
    (folder / "model.keras").write_bytes(b"weights")
    (folder / "saved" / "saved_model.pb").write_bytes(b"graph")
    (folder / "saved" / "variables" / "data").write_bytes(b"weights")
    for part in ("meta", "index", "data-00000-of-00001"):
        (folder / f"model.ckpt-5.{part}").write_bytes(part.encode())
    (folder / "model.ckpt-50.index").write_bytes(b"another checkpoint")
    (folder / "vocabulary.txt").write_text("a\nb\n", encoding="utf-8")
    (folder / "dictionary.txt").write_text("房产 5 n\n", encoding="utf-8")
    (folder / "vectorizer.keras").write_bytes(b"layer")
    (folder / "labels.txt").write_text("财经\n房产\n", encoding="utf-8")
    return folder


def make_job(folder: Path, **changes: dict[str, Any]) -> Job:
    sections: dict[str, dict[str, Any]] = {
        "corpus": {"paths": "*.csv"},
        "model": {"path": "model.keras", "labels": ["财经", "房产"]},
        "tokenizer": {"vocabulary": "vocabulary.txt"},
    }
    return parse_job({name: sections.get(name, {}) | changes.get(name, {}) for name in {**sections, **changes}}, folder)


def compute_parts(folder: Path, **changes: dict[str, Any]) -> dict[str, str]:
    return compute_fingerprint_parts(make_job(folder, **changes), list_corpus_files(folder))


def list_corpus_files(folder: Path) -> list[tuple[str, int]]:
    return [(f"{folder}/a.csv", 10), (f"{folder}/b.csv", 20)]


def changed_sections(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [section for section in before if before[section] != after[section]]


def test_it_is_64_hexadecimal_digits(home: Path) -> None:
    assert re.fullmatch("[0-9a-f]{64}", compute_fingerprint(make_job(home), list_corpus_files(home)))


def test_it_has_a_part_for_each_section_that_defines_the_result(home: Path) -> None:
    assert [*compute_parts(home)] == ["corpus", "model", "tokenizer", "attribution", "fragments", "patterns"]


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("corpus", {"text": "title"}),
        ("corpus", {"id": "number"}),
        ("corpus", {"label": "topic"}),
        ("corpus", {"label_separator": ","}),
        ("corpus", {"format": "csv"}),
        ("model", {"labels": ["房产", "财经"]}),
        ("model", {"task": "multilabel"}),
        ("model", {"threshold": 0.1}),
        ("model", {"threshold": {"房产": 0.1}}),
        ("model", {"layers": ["conv"]}),
        ("model", {"custom_objects": ["a:B"]}),
        ("tokenizer", {"name": "word"}),
        ("tokenizer", {"length": 32}),
        ("tokenizer", {"padding": "pre"}),
        ("tokenizer", {"truncation": "pre"}),
        ("tokenizer", {"padding_token": 1}),
        ("tokenizer", {"unknown": "skip"}),
        ("tokenizer", {"lowercase": True}),
        ("tokenizer", {"dictionary": "dictionary.txt"}),
        ("tokenizer", {"hmm": True}),
        ("tokenizer", {"language": "en"}),
        ("tokenizer", {"lemmas": False}),
        ("tokenizer", {"stop_words": True}),
        ("tokenizer", {"punctuation": True}),
        ("tokenizer", {"special_tokens": False}),
        ("fragments", {"unit": "char"}),
        ("fragments", {"max_units": 4}),
        ("fragments", {"share": 0.3}),
        ("patterns", {"top": 10}),
        ("patterns", {"min_documents": 3}),
        ("patterns", {"examples": 0}),
        ("patterns", {"context": 5}),
        ("patterns", {"match": False}),
    ],
)
def test_what_defines_the_result_changes_its_own_part(home: Path, section: str, change: dict[str, Any]) -> None:
    assert changed_sections(compute_parts(home), compute_parts(home, **{section: change})) == [section]


@pytest.mark.parametrize(
    "changes",
    [
        {"run": {"workers": 4, "gpus_per_worker": 0.5, "shard_documents": 7, "batch_size": 2, "seed": 3}},
        {"run": {"work_folder": "elsewhere", "address": "auto"}},
        {"store": {"url": "postgresql://host/db"}},
        {"corpus": {"paths": ["a.csv", "b.csv"]}},
        {"corpus": {"name": "news"}},
        {"model": {"name": "topics", "version": "3"}},
        {"model": {"labels": "labels.txt"}},
        {"model": {"threshold": 0}},
        {"model": {"threshold": {"财经": 0.0}}},
    ],
)
def test_how_a_job_is_run_or_written_changes_nothing(home: Path, changes: dict[str, Any]) -> None:
    assert changed_sections(compute_parts(home), compute_parts(home, **changes)) == []


@pytest.mark.parametrize(
    ("file", "section", "changes"),
    [
        ("model.keras", "model", {}),
        ("saved/saved_model.pb", "model", {"model": {"path": "saved"}}),
        ("saved/variables/data", "model", {"model": {"path": "saved"}}),
        *((f"model.ckpt-5.{part}", "model", CHECKPOINT) for part in ("meta", "index", "data-00000-of-00001")),
        ("labels.txt", "model", {"model": {"labels": "labels.txt"}}),
        ("vocabulary.txt", "tokenizer", {}),
        ("dictionary.txt", "tokenizer", {"tokenizer": {"dictionary": "dictionary.txt"}}),
        ("vectorizer.keras", "tokenizer", {"tokenizer": VECTORIZER | {"vocabulary": None}}),
    ],
)
def test_the_bytes_of_a_file_count(home: Path, file: str, section: str, changes: dict[str, Any]) -> None:
    before = compute_parts(home, **changes)
    (home / file).write_bytes((home / file).read_bytes() + b"x")
    assert changed_sections(before, compute_parts(home, **changes)) == [section]


def test_the_name_of_a_file_in_a_model_folder_counts(home: Path) -> None:
    before = compute_parts(home, model={"path": "saved"})
    (home / "saved/variables/data").rename(home / "saved/variables/other")
    assert changed_sections(before, compute_parts(home, model={"path": "saved"})) == ["model"]


def test_a_checkpoint_is_the_same_with_and_without_meta_whatever_lies_beside_it(home: Path) -> None:
    before = compute_parts(home, **CHECKPOINT)
    (home / "model.ckpt-50.index").unlink()
    assert compute_parts(home, model={"path": "model.ckpt-5.meta"}) == before


@pytest.mark.parametrize("changes", [{"labels": ["a", "b"]}, {"task": "multilabel"}, {"name": "topics"}])
def test_the_model_as_such_is_its_bytes(home: Path, changes: dict[str, Any]) -> None:
    parts, model = compute_digests(make_job(home, model=changes), list_corpus_files(home))
    assert model == hashlib.sha256(b"weights").hexdigest()
    assert parts == compute_parts(home, model=changes)


def test_the_names_of_model_and_vocabulary_do_not_count(home: Path) -> None:
    before = compute_parts(home)
    (home / "model.keras").rename(home / "renamed.keras")
    (home / "vocabulary.txt").rename(home / "renamed.txt")
    after = compute_parts(home, model={"path": "renamed.keras"}, tokenizer={"vocabulary": "renamed.txt"})
    assert changed_sections(before, after) == []


@pytest.mark.parametrize("model", ["model.keras", "saved"])
def test_where_the_folder_lies_does_not_count(home: Path, tmp_path: Path, model: str) -> None:
    moved = create_job_files(tmp_path / "moved" / "deeper")
    assert compute_parts(home, model={"path": model}) == compute_parts(moved, model={"path": model})


@pytest.mark.parametrize(
    "files",
    [
        [("a.csv", 10)],
        [("a.csv", 10), ("b.csv", 21)],
        [("a.csv", 10), ("c.csv", 20)],
        [("a.csv", 20), ("b.csv", 10)],
        [("a.csv", 10), ("s3://bucket/b.csv", 20)],
    ],
)
def test_other_corpus_files_change_the_corpus(home: Path, files: list[tuple[str, int]]) -> None:
    assert changed_sections(compute_parts(home), compute_fingerprint_parts(make_job(home), files)) == ["corpus"]


@pytest.mark.parametrize("address", ["{}/{}", "file://{}/{}", "{}/sub/../{}"])
def test_a_local_file_counts_by_its_place_in_the_folder(home: Path, address: str) -> None:
    files = [(address.format(home, "b.csv"), 20), (address.format(home, "a.csv"), 10)]
    assert compute_fingerprint(make_job(home), files) == compute_fingerprint(make_job(home), list_corpus_files(home))


def test_a_missing_model_is_refused(home: Path) -> None:
    with pytest.raises(JobError) as raised:
        compute_parts(home, model={"path": "no.keras"})
    assert str(raised.value) == (
        f"model.path: {home}/no.keras cannot be read: No such file or directory: expected an existing file"
    )


def test_a_part_is_the_digest_of_its_options(home: Path) -> None:
    options = b'{"max_units": 3, "share": 0.2, "unit": "word"}'
    assert compute_parts(home)["fragments"] == hashlib.sha256(options).hexdigest()


def test_it_is_the_digest_of_its_parts(home: Path) -> None:
    parts = json.dumps(compute_parts(home), sort_keys=True).encode()
    assert compute_fingerprint(make_job(home), list_corpus_files(home)) == hashlib.sha256(parts).hexdigest()
