from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Fragments, Patterns
from camlode.pipeline.fragments.characters import JoinedText
from camlode.pipeline.fragments.spans import choose_spans
from camlode.pipeline.fragments.units import find_units
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.records import (
    PARTIAL_SCHEMA,
    PREDICTIONS_SCHEMA,
    REJECTS_SCHEMA,
    Counts,
    EncodedShard,
    Importances,
    ShardResult,
    Tokens,
)
from camlode.pipeline.stages.extract import build_predictions, extract, sum_by_label
from camlode.pipeline.tokenizers.segment import load_segmenter
from tests.factories import encode_texts, make_importances

LABELS = ("数码", "天气", "其他")
CUT = load_segmenter()
WORDS = Fragments(max_units=1)
DEFAULTS = Patterns()


def mined(
    shard: EncodedShard, importances: Importances, fragments: Fragments = WORDS, patterns: Patterns = DEFAULTS
) -> ShardResult:
    result = extract(shard, importances, LABELS, fragments, patterns, CUT)
    result.partial.validate(full=True)
    assert result.partial.schema == PARTIAL_SCHEMA
    assert result.predictions.schema == PREDICTIONS_SCHEMA
    assert result.rejects.schema == REJECTS_SCHEMA
    return result


def sums(result: ShardResult) -> dict[tuple[int, str], tuple[int, int, int]]:
    """Importance, documents and occurrences by label and fragment."""
    return {
        (row["label"], row["fragment"]): (row["importance"], row["documents"], row["occurrences"])
        for row in result.partial.to_pylist()
    }


def examples(result: ShardResult, fragment: str) -> list[tuple[int, str, str, str]]:
    """Importance, document, left and right of a fragment's examples."""
    rows = [row for row in result.partial.to_pylist() if row["fragment"] == fragment]
    return [tuple(each[key] for key in ("importance", "document", "left", "right")) for each in rows[0]["examples"]]


def test_sums_by_label_and_fragment() -> None:
    shard = encode_texts(["看手机", "手机好"])
    importances = make_importances([(0, 0, [1, 4, 5]), (0, 1, [5, 0, 0]), (1, 0, [2, 2, 4])])
    assert sums(mined(shard, importances, Fragments())) == {
        (0, "手机"): (13, 2, 2),
        (0, "好"): (4, 1, 1),
        (0, "手机好"): (8, 1, 1),
        (1, "看"): (5, 1, 1),
    }


def test_a_fragment_has_the_smallest_number_of_units_of_its_occurrences() -> None:
    characters = encode_texts(["手机"] * 2)
    # The model sees 手机 as two tokens in the first document and as one in the second: one token is one unit.
    tokens = Tokens(*(np.array(each) for each in ([7, 8, 9], [0, 1, 0], [1, 2, 2], [0, 2, 3], [False, False])))
    shard = replace(characters, tokens=tokens)
    both = mined(shard, make_importances([(0, 0, [2, 2]), (1, 0, [4])]), Fragments(unit="char"))
    assert units(both) == {"手": 1, "机": 1, "手机": 1}
    assert units(mined(characters, make_importances([(0, 0, [2, 2])]), Fragments(unit="char")))["手机"] == 2


def units(result: ShardResult) -> dict[str, int]:
    return dict(zip(result.partial["fragment"].to_pylist(), result.partial["units"].to_pylist(), strict=True))


def test_a_document_counts_once_and_an_occurrence_each_time() -> None:
    shard = encode_texts(["手机，手机", "手机"])
    importances = make_importances([(0, 0, [5, 5, 0, 2, 2]), (1, 0, [3, 3])])
    assert sums(mined(shard, importances)) == {(0, "手机"): (20, 2, 3)}


def test_the_best_occurrence_of_a_document_is_its_example() -> None:
    shard = encode_texts(["旧手机，看手机。", "手机", "看手机吧"])
    importances = make_importances([(0, 0, [0, 2, 2, 0, 0, 5, 5, 0]), (1, 0, [1, 1]), (2, 0, [0, 8, 8, 0])])
    found = mined(shard, importances, patterns=Patterns(context=2))
    assert examples(found, "手机") == [(16, "id2", "看", "吧"), (10, "id0", "，看", "。"), (2, "id1", "", "")]


def test_equally_important_examples_are_in_the_order_of_the_documents() -> None:
    shard = encode_texts(["手机"] * 4)
    importances = make_importances([(document, 0, [1, 1]) for document in range(4)])
    found = mined(shard, importances, patterns=Patterns(examples=2))
    assert [row[1] for row in examples(found, "手机")] == ["id0", "id1"]


@pytest.mark.parametrize(
    ("context", "left", "right"), [(0, "", ""), (1, "b", "😀"), (3, "\nab", "😀d"), (100, "e\u0301\nab", "😀d")]
)
def test_the_context_of_an_example_ends_with_its_text(context: int, left: str, right: str) -> None:
    shard = encode_texts(["before", "e\u0301\nab手机😀d", "after"])
    importances = make_importances([(1, 0, [0, 0, 0, 0, 0, 3, 3, 0, 0])])
    found = mined(shard, importances, patterns=Patterns(context=context))
    assert examples(found, "手机") == [(6, "id1", left, right)]


def test_no_examples_are_kept_if_none_are_requested() -> None:
    result = mined(encode_texts(["手机"]), make_importances([(0, 0, [1, 1])]), patterns=Patterns(examples=0))
    assert result.partial["examples"].to_pylist() == [[]]


@pytest.mark.parametrize(
    ("truncation", "word", "left", "right"), [("post", "天气", "", "很"), ("pre", "手机", "看", "")]
)
@pytest.mark.parametrize("context", [0, 1])
def test_a_truncated_text_shows_the_words_that_the_model_read(
    truncation: str, word: str, left: str, right: str, context: int
) -> None:
    shard = encode_texts(["天气很好" + "。" * 100 + "看手机"], length=2, truncation=truncation, context=context)
    found = mined(shard, make_importances([(0, 0, [3, 4])]), patterns=Patterns(context=context))
    assert sums(found) == {(0, word): (7, 1, 1)}
    assert examples(found, word) == [(7, "id0", left * context, right * context)]
    assert found.counts.truncated == 1


def test_documents_with_invalid_outputs_are_rejected() -> None:
    shard = encode_texts(["手机", "天气", "好"], [["数码"], ["天气"], None])
    importances = make_importances([(0, 0, [1, 1])], invalid=[1, 2])
    result = mined(shard, importances)
    assert result.predictions["id"].to_pylist() == ["id0"]
    assert [(row["id"], row["reason"], row["extract"]) for row in result.rejects.to_pylist()] == [
        ("id1", "model_answered_not_a_number", "天气"),
        ("id2", "model_answered_not_a_number", "好"),
    ]
    assert result.totals.gold.tolist() == [1, 0, 0]
    assert result.counts == Counts(read=3, explained=1, rejected=result.counts.rejected, with_gold=1, pairs=1)
    assert result.counts.rejected == {"model_answered_not_a_number": 2}


def test_every_document_is_counted() -> None:
    shard = encode_texts(["手机很好", "天气", "好", "", "手机很好"], [[], None, ["x"], None, None], length=3)
    importances = make_importances(
        [(0, 0, [-1, 0, -1]), (0, 1, [1, -2, 1]), (1, 1, [0, 0])], invalid=[3], padding=[4, 0, 3]
    )
    result = mined(shard, importances)
    assert result.counts.rejected == {"no_tokens": 1, "model_answered_not_a_number": 1}
    assert result.counts == Counts(
        read=5,
        explained=3,
        rejected=result.counts.rejected,
        truncated=1,
        with_gold=2,
        pairs=3,
        empty_maps=2,
        padding=7,
    )
    assert result.totals.importance.tolist() == [0, 2, 0]


def test_residuals_are_counted_without_signs() -> None:
    importances = make_importances([(0, 0, [1]), (1, 0, [1]), (2, 0, [1])], residuals=[0.5, -0.25, np.nan])
    counts = mined(encode_texts(["好", "好", "好"]), importances).counts
    assert (counts.pairs_with_residual, counts.residual * IMPORTANCE_UNIT) == (2, 0.75)


@pytest.mark.parametrize("texts", [[], [""], ["手机"]])
def test_a_shard_without_predictions(texts: list[str]) -> None:
    result = mined(encode_texts(texts), make_importances([]))
    assert result.partial.num_rows == 0
    assert result.counts.read == len(texts) == result.counts.explained + result.rejects.num_rows


def test_documents_in_several_chunks() -> None:
    whole = encode_texts(["手机", "天气", "好"], [["数码"], None, ["其他", "天气"]])
    chunks = pa.concat_tables([whole.documents.slice(number, 1) for number in range(3)])
    split = EncodedShard(chunks, whole.rejects, whole.tokens, whole.windows)
    importances = make_importances([(0, 0, [1, 1]), (2, 1, [1]), (2, 2, [1])])
    assert mined(split, importances).partial.equals(mined(whole, importances).partial)
    assert mined(split, importances).totals.gold.tolist() == [1, 1, 1]
    assert mined(split, importances).totals.agreed.tolist() == [1, 1, 1]


def naive(
    texts: list[str],
    pairs: list[tuple[int, int, list[int]]],
    fragments: Fragments,
    patterns: Patterns,
    importances: Any,
) -> dict[tuple[int, str], dict[str, Any]]:
    """The shard's partial, a document and an occurrence at a time."""
    found: dict[tuple[int, str], list[tuple[int, int, int, int]]] = defaultdict(list)
    sizes: dict[tuple[int, str], list[int]] = defaultdict(list)
    for document, label, values in pairs:
        text = texts[document]
        joined, starts = JoinedText([text]), np.arange(len(text))
        cut = find_units(joined, starts, starts + 1, unit=fragments.unit, segment=CUT)
        spans = choose_spans(
            importances([(0, 0, values)]),
            cut,
            starts,
            np.array([0, len(text)]),
            max_units=fragments.max_units,
            share=fragments.share,
        )
        for start, end, value, size in zip(*(column.tolist() for column in spans[1:]), strict=True):
            found[label, text[start:end]].append((-value, document, start, end))
            sizes[label, text[start:end]].append(size)
    return {key: _row(texts, sorted(rows), patterns) | {"units": min(sizes[key])} for key, rows in found.items()}


def _row(texts: list[str], rows: list[tuple[int, int, int, int]], patterns: Patterns) -> dict[str, Any]:
    best = {document: (value, document, start, end) for value, document, start, end in reversed(rows)}
    shown = [
        (-value, f"id{document}", text[max(start - patterns.context, 0) : start], text[end : end + patterns.context])
        for value, document, start, end in sorted(best.values())[: patterns.examples]
        for text in [texts[document]]
    ]
    return {
        "importance": -sum(value for value, _, _, _ in rows),
        "documents": len(best),
        "occurrences": len(rows),
        "examples": shown,
    }


@settings(max_examples=40, deadline=None)
@given(data=st.data(), unit=st.sampled_from(["word", "char"]), context=st.integers(0, 4), count=st.integers(0, 3))
def test_vectorized_extraction_equals_one_document_at_a_time(
    data: st.DataObject, unit: Any, context: int, count: int
) -> None:
    texts = data.draw(st.lists(st.text("ab ，手机天气好😀", min_size=1, max_size=8), max_size=6))
    pairs = [
        (number, label, data.draw(st.lists(st.integers(-2, 6), min_size=len(text), max_size=len(text))))
        for number, text in enumerate(texts)
        for label in sorted(data.draw(st.sets(st.integers(0, 2))))
    ]
    fragments, patterns = Fragments(unit=unit, share=0.25), Patterns(context=context, examples=count)
    result = mined(encode_texts(texts), make_importances(pairs), fragments, patterns)
    found = {
        (row["label"], row["fragment"]): {
            **{key: row[key] for key in ("units", "importance", "documents", "occurrences")},
            "examples": [
                (each["importance"], each["document"], each["left"], each["right"]) for each in row["examples"]
            ],
        }
        for row in result.partial.to_pylist()
    }
    assert len(found) == result.partial.num_rows
    assert found == naive(texts, pairs, fragments, patterns, make_importances)


NAMES = ("a", "b", "c")
GOLD = [["a", "b"], ["b", "x"], None, [], ["c", "c"], ["a"]]
PAIRS = [(0, 0, [3, -1, 2]), (0, 2, [0]), (1, 1, [-4]), (2, 2, [7]), (4, 2, [1, 1])]


@pytest.fixture(params=[1, 3])
def shard(request: pytest.FixtureRequest) -> EncodedShard:
    """Six documents in one or three chunks."""
    whole = encode_texts(["text"] * 6, GOLD)
    rows = 6 // request.param
    chunks = pa.concat_tables([whole.documents.slice(start, rows) for start in range(0, 6, rows)])
    return EncodedShard(chunks, whole.rejects, whole.tokens, whole.windows)


def test_each_explained_document_has_a_row(shard: EncodedShard) -> None:
    predictions = build_predictions(shard, make_importances(PAIRS, invalid=[5]))
    assert predictions.schema == PREDICTIONS_SCHEMA
    assert predictions.to_pylist() == [
        {"id": f"id{number}", "place": f"corpus:{number}", "predicted": labels, "labels": GOLD[number]}
        for number, labels in enumerate([[0, 2], [1], [2], [], [2]])
    ]


def test_sums_by_label(shard: EncodedShard) -> None:
    importances = make_importances(PAIRS, invalid=[5])
    totals = sum_by_label(build_predictions(shard, importances), importances, NAMES)
    assert totals.predicted.tolist() == [1, 1, 3]
    # x is not a label of the model's; what the invalid document was labelled does not count.
    assert totals.gold.tolist() == [1, 2, 1]
    assert totals.agreed.tolist() == [1, 1, 1]
    assert totals.importance.tolist() == [5, 0, 9]


def test_gold_labels_count_where_nothing_is_predicted(shard: EncodedShard) -> None:
    totals = sum_by_label(build_predictions(shard, make_importances([])), make_importances([]), NAMES)
    assert totals.predicted.tolist() == totals.agreed.tolist() == totals.importance.tolist() == [0, 0, 0]
    assert totals.gold.tolist() == [2, 2, 1]


def test_no_documents() -> None:
    predictions = build_predictions(encode_texts([]), make_importances([]))
    totals = sum_by_label(predictions, make_importances([]), NAMES)
    assert predictions.num_rows == 0
    assert totals.gold.tolist() == totals.predicted.tolist() == totals.agreed.tolist() == [0, 0, 0]


def test_totals_of_shards_add_up(shard: EncodedShard) -> None:
    importances = make_importances(PAIRS)
    totals = sum_by_label(build_predictions(shard, importances), importances, NAMES)
    both = totals + totals
    assert both.predicted.tolist() == [2, 2, 6]
    assert both.gold.tolist() == [4, 4, 2]
    assert both.agreed.tolist() == [2, 2, 2]
    assert both.importance.tolist() == [10, 0, 18]
