from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Corpus, CorpusError
from camlode.pipeline.readers import jsonl
from camlode.pipeline.readers.jsonl import JsonLinesReader, read_with_arrow
from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ReadFile


def test_a_line_is_a_document_with_its_id_labels_and_place(read_file: ReadFile) -> None:
    content = '{"text": "买手机", "key": 7, "tags": ["数码", 3]}\n\n \t\r\n{"text": "b", "key": null}'.encode()
    outcome = read_file("a.jsonl", content, id="key", label="tags")
    assert outcome.documents == [
        {"id": "7", "text": "买手机", "labels": ["数码", "3"], "place": "memory://a.jsonl:1"},
        {"id": "memory://a.jsonl:4", "text": "b", "labels": None, "place": "memory://a.jsonl:4"},
    ]
    assert outcome.rejects == []


@pytest.mark.parametrize(
    ("line", "reason", "extract", "name"),
    [
        (b'{"text": null, "key": "k"}', "null_text", '{"text": null, "key": "k"}', "k"),
        (b'{"text": ""}', "empty_text", '{"text": ""}', None),
        (b'{"text": " \\n"}', "blank_text", '{"text": " \\n"}', None),
        (b'{"text": 5}', "text_is_not_a_string", '{"text": 5}', None),
        (b'{"title": "a", "key": 1}', "missing_text", '{"title": "a", "key": 1}', "1"),
        (b'{"text": "\xff"}', "invalid_utf8", '{"text": "\\xff"}', None),
        (b'{"text": "\\ud800"}', "lone_surrogate", '{"text": "\\ud800"}', None),
        (b'{"text": "a", "key": "\\udfff"}', "lone_surrogate", '{"text": "a", "key": "\\udfff"}', None),
        (b'{"text": "a"', "broken_json", '{"text": "a"', None),
        (b"[" * 5000 + b"]" * 5000, "broken_json", "[" * 200, None),
        (b"1" * 5000, "broken_json", "1" * 200, None),
        (b'["text"]', "not_an_object", '["text"]', None),
        (b"\x0b", "broken_json", "\x0b", None),
    ],
)
def test_a_bad_line_in_the_middle_is_a_reject(
    read_file: ReadFile, line: bytes, reason: str, extract: str, name: str | None
) -> None:
    content = b'{"text": "before", "key": 1}\n' + line + b'\r\n{"text": "after"}\n'
    outcome = read_file("bad.jsonl", content, id="key")
    assert outcome.texts == ["before", "after"]
    assert outcome.rejects == [{"id": name, "place": "memory://bad.jsonl:2", "reason": reason, "extract": extract}]


@pytest.mark.parametrize("text", ["a\0b", "\ufffd", "e\u0301", "👩‍👩‍👧", "a\u2028b\x85c\x0bd\x0ce", "😀"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_ordinary_text_is_kept_as_it_is(read_file: ReadFile, text: str, ascii_only: bool) -> None:
    content = json.dumps({"text": text}, ensure_ascii=ascii_only).encode() + b"\n"
    assert read_file("kept.jsonl", content).texts == [text]


def test_a_text_of_ten_megabytes_is_read(read_file: ReadFile) -> None:
    long = "长" * 3_500_000
    content = json.dumps({"text": long}, ensure_ascii=False).encode() + b'\n{"text": "short"}\n'
    assert read_file("long.jsonl", content, 1).texts == [long, "short"]


def test_labels_in_one_string_are_split(read_file: ReadFile) -> None:
    content = b'{"text": "a", "tags": "x; y"}\n'
    outcome = read_file("tags.jsonl", content, label="tags", label_separator=";")
    assert outcome.documents[0]["labels"] == ["x", "y"]


VALUES: st.SearchStrategy[Any] = st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
RECORDS = st.dictionaries(st.sampled_from(["text", "key", "tags"]), VALUES).map(json.dumps).map(str.encode)
LINES = st.lists(RECORDS | st.binary(max_size=4) | st.just(b""), max_size=8)


@settings(max_examples=80, deadline=None)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.integers(1, 4))
def test_any_shard_size_reads_the_same(
    read_file: ReadFile, lines: list[bytes], end: bytes, shard_documents: int
) -> None:
    content = end.join([b'{"text": "first", "key": 1}', *lines])
    named: dict[str, Any] = {"id": "key", "label": "tags"}
    whole = read_file("any.jsonl", content, 10**6, **named)
    parts = read_file("any.jsonl", content, shard_documents, **named)
    assert (parts.documents, parts.rejects) == (whole.documents, whole.rejects)
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    records = [line for line in lines if line.strip(b" \t\r")]
    assert len(whole.documents) + len(whole.rejects) == len(records)


def test_a_key_that_none_of_the_first_objects_has_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    file.write_text('{"id": 1, "title": "a"}\n{"body": "b"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"has no column 'titel' \(corpus\.text\).*did you mean 'title'\?"):
        plan_shards(find_files([str(file)]), Corpus(paths=[str(file)], text="titel", label="topic"), 10)


def test_a_key_that_some_objects_have_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    file.write_text('broken\n[1]\n{"id": 1}\n{"text": "b"}\n', encoding="utf-8")
    assert plan_shards(find_files([str(file)]), Corpus(paths=[str(file)], id="id", label="topic"), 10)


CLEAN = (
    b'{"text": "a", "key": "1", "tag": "x"}',
    b'{"t\\u0065xt": "b", "more": 1, "more": 2}\r',
    b'{"key": "", "tag": "x|y", "text": "\xe4\xb9\xb0", "more": {"a": [1, {"b": 1e5}]}}',
    b'{"text": "\\u4e70\\ud83d\\ude00\\n}", "key": null, "tag": null}',
)
UNFIT = (
    b"",
    b' {"text": "a"}',
    b'{"text": "a"}{"text": "b"}',
    b'{"text": "a"} {"text": "b"}',
    b'{"text": "a", "key": {}',
    b', "tag": "x"}',
    b'{"text": "a}',
    b'{"text": "a\tb"}',
    b'{"text": "a", "more": Inf}',
    b'{"text": "a", "more": [-NaN]}',
    b'{"text": "a", "more": ' + b"1" * 5000 + b"}",
    b'{"text": "a", "text": "b"}',
    b'{"text": "a", "key": 5}',
    b'{"text": "a", "tag": 5}',
    b'{"text": 5}',
    b'{"text": null}',
    b'{"text": " "}',
    b'{"key": "k"}',
    b'{"text": "\xff"}',
    b'{"text": "a", "more": "\xff"}',
    b'{"text": "\\udc00"}',
    b'{"text": "a", "key": "\\ud800\\u0041"}',
    b'{"text": "a", "more": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'["text"]',
)
LISTS = (b'{"text": "a", "tag": ["x", "y"]}', b'{"text": "b", "tag": []}', b'{"text": "c"}')


def write_shard(folder: Path, lines: list[bytes]) -> tuple[Shard, Corpus]:
    content = b"\n".join(lines)
    path = folder / "a.jsonl"
    path.write_bytes(b"before\n" + content)
    shard = Shard("0" * 16, 0, CorpusFile(str(path), 7 + len(content)), "bytes", 7, 7 + len(content))
    return shard, Corpus(paths=[str(path)], id="key", label="tag", label_separator="|")


def read_line_by_line(shard: Shard, corpus: Corpus) -> ShardDocuments:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "read_with_arrow", lambda _shard, _corpus: None)
        return JsonLinesReader().read(shard, corpus)


@pytest.mark.parametrize("lines", [CLEAN, LISTS, (*CLEAN, b""), CLEAN[:1]])
def test_clean_lines_are_read_by_arrow_as_line_by_line(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    shard, corpus = write_shard(tmp_path, list(lines))
    assert read_with_arrow(shard, corpus) == read_line_by_line(shard, corpus)


@pytest.mark.parametrize("line", UNFIT)
def test_unusual_lines_are_not_read_by_arrow(tmp_path: Path, line: bytes) -> None:
    assert read_with_arrow(*write_shard(tmp_path, [*CLEAN, line, *CLEAN])) is None


def test_strings_and_lists_as_labels_in_one_file_are_read_line_by_line(tmp_path: Path) -> None:
    assert read_with_arrow(*write_shard(tmp_path, [*CLEAN, *LISTS])) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(CLEAN + UNFIT + LISTS), max_size=4))
def test_any_lines_are_read_as_line_by_line(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    shard, corpus = write_shard(tmp_path_factory.mktemp("lines"), lines)
    assert JsonLinesReader().read(shard, corpus) == read_line_by_line(shard, corpus)
