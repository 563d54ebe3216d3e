from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from benchmarks.corpora import (
    BenchmarkCorpus,
    accuracy,
    best_threshold,
    encode_targets,
    macro_f1,
    micro_f1,
    read_split,
    split_rows,
)

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pd.DataFrame(
    [{"id": str(number), "text": f"text {number}", "label": "a", "rationales": "[]"} for number in range(1000)]
)
EXPECTED = np.array([[True, False], [True, True], [False, True], [True, False]])
PREDICTED = np.array([[True, False], [True, False], [True, True], [False, False]])


@pytest.mark.parametrize("percent", [10, 20])
def test_rows_are_split_by_their_ids_alone(percent: int) -> None:
    kept, chosen = split_rows(ROWS, percent)
    reordered_kept, reordered_chosen = split_rows(ROWS[::-1], percent)
    assert sorted([*kept["id"], *chosen["id"]]) == sorted(ROWS["id"])
    assert set(kept["id"]) == set(reordered_kept["id"])
    assert set(chosen["id"]) == set(reordered_chosen["id"])
    assert len(chosen) == pytest.approx(10 * percent, abs=30)


def test_a_test_part_that_is_split_off_is_written(tmp_path: Path) -> None:
    ROWS.assign(more=1).to_parquet(tmp_path / "tweets-train.parquet")
    parts = read_split(BenchmarkCorpus("tweets", length=4, epochs=1, split=20), tmp_path, tmp_path)
    assert parts.test_file == tmp_path / "test.parquet"
    pd.testing.assert_frame_equal(pd.read_parquet(parts.test_file), parts.test)
    assert list(parts.test) == ["id", "text", "label", "rationales"]
    assert len(parts.training) + len(parts.test) == 1000


def test_an_existing_test_file_is_used(tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "news-train.parquet")
    ROWS[:3].to_parquet(tmp_path / "news-test.parquet")
    parts = read_split(BenchmarkCorpus("news", length=4, epochs=1), tmp_path, tmp_path / "elsewhere")
    assert (len(parts.training), len(parts.test), parts.test_file) == (1000, 3, tmp_path / "news-test.parquet")


@pytest.mark.parametrize(
    ("labels", "separator", "expected"),
    [
        (["b", "a"], None, [[False, True], [True, False]]),
        (["a|b", "b"], "|", [[True, True], [False, True]]),
    ],
)
def test_targets_have_one_label_or_several(
    labels: list[str], separator: str | None, expected: list[list[bool]]
) -> None:
    assert encode_targets(labels, ["a", "b"], separator).tolist() == expected


def test_accuracy_counts_the_most_probable_label() -> None:
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7]], dtype=np.float32)
    assert accuracy(probabilities, np.array([[True, False], [True, False]])) == 0.5


def test_f1_over_pairs_and_over_labels() -> None:
    # 4 pairs are predicted, 5 expected, 3 are both. First label: 3 predicted, 3 expected, 2 both. Second: 1, 2, 1.
    assert micro_f1(PREDICTED, EXPECTED) == pytest.approx(6 / 9)
    assert macro_f1(PREDICTED, EXPECTED) == pytest.approx((4 / 6 + 2 / 3) / 2)
    nothing = np.zeros((2, 2), dtype=np.bool_)
    assert micro_f1(nothing, nothing) == 0.0


def test_the_best_threshold_is_the_lowest_with_the_highest_f1() -> None:
    probabilities = np.array([[0.32, 0.12], [0.41, 0.22]], dtype=np.float32)
    assert best_threshold(probabilities, np.array([[True, False], [True, False]])) == 0.25
