from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config import parse_job
from camlode.config.errors import CorpusError
from camlode.pipeline.faithfulness.plausibility import (
    mark_tokens,
    measure_plausibility,
    parse_spans,
    read_spans_by_location,
)
from camlode.pipeline.records import Tokens
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["[[0, 2], [3, 5]]"], ((0, 2), (3, 5))),
        (["[0, 2]", "[3, 5]"], ((0, 2), (3, 5))),
        (["[0, 2]"], ((0, 2),)),
        (["[]"], ()),
        ([], ()),
        (None, None),
        (["null"], None),
    ],
)
def test_a_json_list_or_the_items_of_a_list(parts: list[str] | None, expected: object) -> None:
    assert parse_spans(parts, "hello", "c.csv:2", "why") == expected


@pytest.mark.parametrize("came", ["0-2", "[0, 2, 4]", '[["0", 2]]', "[[0]]", "7", '{"start": 0}', "[[true, 1]]"])
def test_any_other_value_is_refused_with_its_document(came: str) -> None:
    with pytest.raises(CorpusError, match=r"^c.csv:2: column 'why' \(--spans\) must contain a list of \[start, end\)"):
        parse_spans([came], "hello", "c.csv:2", "why")


@pytest.mark.parametrize("came", ["[[0, 6]]", "[[-1, 2]]", "[[3, 2]]"])
def test_a_span_outside_the_text_is_refused(came: str) -> None:
    with pytest.raises(CorpusError, match=r"^c.csv:2: the span .* is outside the text, which has 5 characters"):
        parse_spans([came], "hello", "c.csv:2", "why")


def read(path: Path, column: str = "why") -> list[Any]:
    job = parse_job(
        {
            "corpus": {"paths": str(path)},
            "model": {"path": "m.keras", "labels": ["a", "b"]},
            "tokenizer": {"vocabulary": "v.txt"},
        }
    )
    (shard,) = plan_shards(find_files(job.corpus.paths), job.corpus, 100)
    return [parse_spans(parts, "hello", "", column) for parts in read_spans_by_location(job, shard, column).values()]


def test_every_format_that_has_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x", "y"], "why": [[[0, 2], [3, 4]], None]}), tmp_path / "c.parquet")
    (tmp_path / "c.jsonl").write_text('{"text": "x", "why": [[0, 2], [3, 4]]}\n{"text": "y"}\n')
    (tmp_path / "d.jsonl").write_text('{"text": "x", "why": "[[0, 2], [3, 4]]"}\n{"text": "y", "why": null}\n')
    (tmp_path / "c.csv").write_text('text,why\nx,"[[0, 2], [3, 4]]"\ny,null\n')
    spans = [((0, 2), (3, 4)), None]
    assert [read(tmp_path / name) for name in ("c.parquet", "c.jsonl", "d.jsonl", "c.csv")] == [spans] * 4


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("text,why\nx,[]\n")
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "c.parquet")
    for name in ("c.csv", "c.parquet"):
        with pytest.raises(CorpusError, match=rf"{name} has no column 'who' \(--spans\)"):
            read(tmp_path / name, "who")


def test_a_token_is_marked_by_a_single_character_of_a_span() -> None:
    # "good food" and "bad": tokens 0-4, 5-9 and 0-3.
    tokens = Tokens(
        np.zeros(3, np.int32),
        np.array([0, 5, 0], np.int32),
        np.array([4, 9, 3], np.int32),
        np.array([0, 2, 3]),
        np.zeros(2, np.bool_),
    )
    lengths = np.array([9, 3])
    assert mark_tokens(tokens, lengths, [((3, 5),), ((0, 3), (1, 2))]).tolist() == [True, False, True]
    assert mark_tokens(tokens, lengths, [((4, 5), (8, 9)), None]).tolist() == [False, True, False]


def test_average_precision_and_f1_by_hand(make_pairs: Any) -> None:
    # Order of the tokens 0 1 2 3: ranks 1 0 2 3. Marked: 0 and 3, so hits stand at ranks 1 and 3.
    found = measure_plausibility(
        np.array([True, False, False, True]),
        np.array([0, 4]),
        make_pairs((0, 0, 4)),
        np.array([1, 0, 2, 3]),
        np.array([True]),
    )
    assert found.auprc.tolist() == pytest.approx([(1 / 2 + 2 / 4) / 2])
    assert found.token_f1.tolist() == [1 / 2]


def test_each_pair_is_by_itself_and_some_do_not_count(make_pairs: Any) -> None:
    # Document 0 has its second token marked, document 1 none; the last pair is left out by its label.
    found = measure_plausibility(
        np.array([False, True, False]),
        np.array([0, 2, 3]),
        make_pairs((0, 0, 2), (0, 1, 2), (1, 0, 1), (0, 2, 2)),
        np.array([0, 1, 1, 0, 0, 0, 1]),
        np.array([True, True, True, False]),
    )
    assert found.auprc.tolist() == pytest.approx([0.5, 1.0, np.nan, np.nan], nan_ok=True)
    assert found.token_f1.tolist() == pytest.approx([0.0, 1.0, np.nan, np.nan], nan_ok=True)
