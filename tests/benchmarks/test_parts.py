from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from benchmarks.parts import BenchmarkCorpus, read_split, split_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pd.DataFrame(
    [{"id": str(number), "text": f"text {number}", "label": "a", "rationales": "[]"} for number in range(1000)]
)


def test_rows_are_divided_by_their_ids_alone() -> None:
    kept, chosen = split_rows(ROWS, 20)
    alone, again = split_rows(ROWS[::-1], 20)
    assert set(chosen["id"]) == set(again["id"])
    assert sorted([*kept["id"], *chosen["id"]]) == sorted(ROWS["id"])
    assert sorted(kept["id"]) == sorted(alone["id"])


@pytest.mark.parametrize("percent", [10, 20])
def test_about_as_many_rows_are_chosen_as_asked(percent: int) -> None:
    assert len(split_rows(ROWS, percent)[1]) == pytest.approx(10 * percent, abs=30)


def test_a_test_part_that_is_split_off_is_written(tmp_path: Path) -> None:
    ROWS.assign(more=1).to_parquet(tmp_path / "tweets-train.parquet")
    parts = read_split(BenchmarkCorpus("tweets", length=4, epochs=1, split=20), tmp_path, tmp_path)
    assert parts.test_file == tmp_path / "test.parquet"
    pd.testing.assert_frame_equal(pd.read_parquet(parts.test_file), parts.test)
    assert list(parts.test) == ["id", "text", "label", "rationales"]
    assert len(parts.training) + len(parts.test) == 1000


def test_a_test_file_is_left_where_it_is(tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "news-train.parquet")
    ROWS[:3].to_parquet(tmp_path / "news-test.parquet")
    parts = read_split(BenchmarkCorpus("news", length=4, epochs=1), tmp_path, tmp_path / "elsewhere")
    assert (len(parts.training), len(parts.test), parts.test_file) == (1000, 3, tmp_path / "news-test.parquet")
