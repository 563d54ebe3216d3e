from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import parse_job
from camlode.config.errors import JobError
from camlode.pipeline.faithfulness import removal
from camlode.pipeline.faithfulness.agreement import Pairs
from camlode.pipeline.faithfulness.removal import (
    TextVariants,
    curve_counts,
    find_fill_id,
    leave_one_out_mask,
    measure_fidelity,
    predict_variants,
    top_counts,
)
from camlode.pipeline.records import Tokens

if TYPE_CHECKING:
    from camlode.config import Job

KEEP = np.array([True, False, True, False, False, True])


def token_rows(tokens: Tokens) -> list[list[int]]:
    return [row.tolist() for row in np.split(tokens.ids, tokens.offsets[1:-1])]


@pytest.mark.parametrize(
    ("fill", "expected"),
    [(None, [[7, 9], [], [4]]), (1, [[7, 1, 9], [1], [1, 4]]), (0, [[7, 0, 9], [0], [0, 4]])],
    ids=["deleted", "unknown", "padding"],
)
def test_a_token_is_taken_out_or_replaced(make_texts: Any, fill: int | None, expected: list[list[int]]) -> None:
    texts = make_texts([7, 8, 9], [3, 4], [5], fill=fill)
    made, strings = texts.variants(np.array([0, 2, 1]), KEEP)
    assert token_rows(made) == expected
    assert strings is None


def words(text: str, *spans: tuple[int, int]) -> TextVariants:
    starts, ends = np.array(spans, np.int32).T
    count = len(spans)
    return TextVariants(
        Tokens(np.arange(count, dtype=np.int32), starts, ends, np.array([0, count]), np.zeros(1, np.bool_)), [text]
    )


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ([True, True, True], "很 好 😀b"),
        ([True, False, True], "很  😀b"),
        ([False, False, True], "  😀b"),
        ([False] * 3, "  "),
    ],
)
def test_a_token_is_cut_out_of_the_text_and_the_unread_tail_with_it(keep: list[bool], expected: str) -> None:
    texts = words("很 好 😀b unread", (0, 1), (2, 3), (4, 6))
    made, strings = texts.variants(np.array([0]), np.array(keep))
    assert strings == [expected]
    assert made.offsets.tolist() == [0, sum(keep)]


def test_each_variant_of_a_text_is_cut_by_itself() -> None:
    texts = words("ab cd", (0, 2), (3, 5))
    assert texts.variants(np.array([0, 0]), np.array([True, False, False, True]))[1] == ["ab ", " cd"]


def test_all_variants_are_predicted_at_once(model: Any, make_texts: Any) -> None:
    said = predict_variants(
        model, make_texts([1, 2], [3]), np.array([0, 0, 1]), lambda _: np.array([True, False, False, True, True])
    )
    assert model.asked == [[[1], [2], [3]]]
    assert said[:, 0].tolist() == pytest.approx([0.01, 0.02, 0.03])


def test_many_variants_are_made_some_at_a_time(model: Any, make_texts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_TOKENS_PER_CHUNK", 4)
    documents, places = np.array([0, 0, 1, 0]), np.array([0, 1, 0, 1])
    sizes = np.array([2, 1])
    said = predict_variants(
        model, make_texts([1, 2], [3]), documents, lambda rows: leave_one_out_mask(sizes[documents[rows]], places[rows])
    )
    assert len(model.asked) == 2
    assert said[:, 0].tolist() == pytest.approx([0.02, 0.01, 0.0, 0.01])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=6), min_size=1, max_size=5))
def test_what_is_kept_keeps_its_order(rows: list[list[tuple[int, bool]]]) -> None:
    flat = [each for row in rows for each in row]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = np.array([each for each, _ in flat], np.int32)
    texts = TextVariants(Tokens(ids, ids, ids, offsets, np.zeros(len(rows), np.bool_)))
    made, _ = texts.variants(np.arange(len(rows)), np.array([kept for _, kept in flat], np.bool_))
    assert token_rows(made) == [[each for each, kept in row if kept] for row in rows]


def make_explainer(*, takes_text: bool = False, vectorizer: object = None) -> Any:
    return SimpleNamespace(takes_text=takes_text, model_info=SimpleNamespace(vectorizer=vectorizer))


def make_job(values: dict[str, Any], **tokenizer: object) -> Job:
    values["tokenizer"] |= tokenizer
    return parse_job(values)


@pytest.mark.parametrize(("way", "expected"), [("deleted", None), ("unknown", 1), ("padding", 0)])
def test_the_vocabulary_tells_the_id(toy_values: Any, way: Any, expected: int | None) -> None:
    assert find_fill_id(make_job(toy_values), make_explainer(), way) == expected


def test_padding_is_the_id_that_the_job_names(toy_values: Any) -> None:
    assert find_fill_id(make_job(toy_values, padding_token="水"), make_explainer(), "padding") == 2


@pytest.mark.parametrize(("way", "expected"), [("deleted", None), ("unknown", 1), ("padding", 0)])
def test_a_vectorizer_beside_the_model(toy_values: Any, way: Any, expected: int | None) -> None:
    assert (
        find_fill_id(make_job(toy_values), make_explainer(vectorizer=SimpleNamespace(unknown=1, ids={})), way)
        == expected
    )


def test_of_a_text_tokens_can_only_be_cut_out(toy_values: Any) -> None:
    with pytest.raises(JobError, match=r"--removal padding: the model takes texts, .* use deleted"):
        find_fill_id(make_job(toy_values), make_explainer(takes_text=True), "padding")
    assert find_fill_id(make_job(toy_values), make_explainer(takes_text=True), "deleted") is None


def test_without_an_unknown_token_it_cannot_stand_for_one(toy_values: Any) -> None:
    with pytest.raises(JobError, match=r"--removal unknown: the tokenizer skips unknown tokens"):
        find_fill_id(make_job(toy_values, unknown="skip"), make_explainer(), "unknown")


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, [1, 1, 1, 1, 1]), (4, [1, 1, 1, 1, 2]), (30, [1, 2, 3, 6, 15]), (230, [3, 12, 23, 46, 115])],
)
def test_the_top_is_a_count_rounded_up(size: int, expected: list[int]) -> None:
    assert top_counts(np.array([size])).tolist() == [expected]


def test_the_grid_runs_from_none_to_all() -> None:
    assert curve_counts(np.array([2, 20])).tolist() == [
        [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2],
        [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    ]


def test_the_best_ranking_of_four_tokens_by_hand(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Ids 10, 40, 20, 30 in hundredths; best first: 40, 30, 20, 10. Tops: 1, 1, 1, 1, 2 tokens.
    found = measure_fidelity(model, make_texts([10, 40, 20, 30]), make_pairs((0, 0, 4)), np.array([3, 0, 2, 1]))
    # Without the top: 4 times 1 − 0.6, once 1 − 0.3; the top alone: 4 times 1 − 0.4, once 1 − 0.7.
    assert found.comprehensiveness.tolist() == pytest.approx([(4 * 0.4 + 0.7) / 5])
    assert found.sufficiency.tolist() == pytest.approx([(4 * 0.6 + 0.3) / 5])
    # Deletion: 1, 0.6, 0.3, 0.1, 0; insertion: 0, 0.4, 0.7, 0.9, 1; trapezoids a quarter wide.
    assert found.deletion.tolist() == pytest.approx([(0.5 + 0.6 + 0.3 + 0.1) / 4])
    assert found.insertion.tolist() == pytest.approx([(0.4 + 0.7 + 0.9 + 0.5) / 4])


def test_the_worst_ranking_deletes_late_and_inserts_late(model: Any, make_texts: Any, make_pairs: Any) -> None:
    found = measure_fidelity(model, make_texts([10, 40, 20, 30]), make_pairs((0, 0, 4)), np.array([0, 3, 1, 2]))
    # Worst first: 10, 20, 30, 40.
    assert found.comprehensiveness.tolist() == pytest.approx([(4 * 0.1 + 0.3) / 5])
    assert found.deletion.tolist() == pytest.approx([(0.5 + 0.9 + 0.7 + 0.4) / 4])


def test_each_label_of_a_document_has_its_own_ranking(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Label 1 is 1 − 0.3 of the whole; without 10 it is 0.8, without 20 it is 0.9.
    pairs = make_pairs((0, 1, 1), (1, 0, 2), (1, 1, 2))
    found = measure_fidelity(model, make_texts([50], [10, 20]), pairs, np.array([0, 1, 0, 0, 1]))
    assert found.comprehensiveness.tolist() == pytest.approx([0.5 - 1.0, 0.2, 0.7 - 0.8])
    assert found.sufficiency.tolist() == pytest.approx([0.0, 0.3 - 0.2, 0.7 - 0.9])


def test_everything_goes_to_the_model_at_once_and_no_count_twice(model: Any, make_texts: Any, make_pairs: Any) -> None:
    measure_fidelity(model, make_texts([10, 40]), make_pairs((0, 0, 2)), np.array([1, 0]))
    assert model.asked == [[[10, 40], [10], [], [], [40], [10, 40]]]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_what_is_removed_is_exactly_the_top(data: Any) -> None:
    ids = np.array(data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=8)), np.int32)
    ranks = np.array(data.draw(st.permutations(range(len(ids)))))
    count = data.draw(st.integers(0, len(ids)))
    offsets = np.array([0, len(ids)])
    seen: list[list[int]] = []

    class Model:
        def probabilities(self, tokens: Tokens, texts: object = None) -> np.ndarray:  # noqa: ARG002
            seen.extend(row.tolist() for row in np.split(tokens.ids, tokens.offsets[1:-1]))
            return np.zeros((len(tokens.offsets) - 1, 1), np.float32)

    pairs = Pairs(np.zeros(1, np.int64), np.zeros(1, np.int64), offsets)
    removal._probabilities(
        Model(), TextVariants(Tokens(ids, ids, ids, offsets, np.zeros(1, np.bool_))), pairs, ranks, np.array([[count]])
    )
    top = set(np.argsort(ranks)[:count].tolist())
    assert seen[0] == [each for place, each in enumerate(ids.tolist()) if place not in top]
    assert seen[1] == [each for place, each in enumerate(ids.tolist()) if place in top]
