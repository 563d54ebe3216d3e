from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Corpus
from camlode.pipeline.readers import jsonl
from camlode.pipeline.readers.jsonl import JsonLinesReader, read_with_arrow
from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments

if TYPE_CHECKING:
    from pathlib import Path

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
def test_clean_lines_are_read_at_once_as_they_are_line_by_line(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    shard, corpus = write_shard(tmp_path, list(lines))
    assert read_with_arrow(shard, corpus) == read_line_by_line(shard, corpus)


@pytest.mark.parametrize("line", UNFIT)
def test_a_line_that_needs_a_closer_look_is_left_to_be_read_by_itself(tmp_path: Path, line: bytes) -> None:
    assert read_with_arrow(*write_shard(tmp_path, [*CLEAN, line, *CLEAN])) is None


def test_strings_and_lists_as_labels_in_one_file_are_read_line_by_line(tmp_path: Path) -> None:
    assert read_with_arrow(*write_shard(tmp_path, [*CLEAN, *LISTS])) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(CLEAN + UNFIT + LISTS), max_size=4))
def test_whatever_the_lines_they_are_read_as_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    shard, corpus = write_shard(tmp_path_factory.mktemp("lines"), lines)
    assert JsonLinesReader().read(shard, corpus) == read_line_by_line(shard, corpus)
