from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.pipeline.stages.statistics import find_maximal, find_nested

if TYPE_CHECKING:
    from collections.abc import Sequence


def pairs(labels: Sequence[int], fragments: Sequence[str], **options: bool) -> list[tuple[int, int]]:
    inner, outer = find_nested(labels, fragments, **options)
    return list(zip(inner.tolist(), outer.tolist(), strict=True))


@pytest.mark.parametrize(
    ("fragments", "options", "expected"),
    [
        (["机", "手机", "机手机"], {}, [(0, 1), (0, 2), (1, 2)]),
        (["手机", "The art", "the", "art"], {}, [(2, 1), (3, 1)]),
        (["The art", "the"], {"fold": False}, []),
        (["the", "The"], {}, []),
        (["art", "party"], {}, []),
        (["art", "party"], {"boundaries": False}, [(0, 1)]),
        ([], {}, []),
    ],
)
def test_what_is_within_what(fragments: list[str], options: dict[str, bool], expected: list[Any]) -> None:
    assert pairs([0] * len(fragments), fragments, **options) == expected


def test_only_fragments_of_the_same_label_count() -> None:
    assert pairs([1, 0, 1, 0], ["图", "组图", "图片", "图"]) == [(0, 2), (3, 1)]


@pytest.mark.parametrize(
    ("documents", "kept"),
    [
        ([20, 19], [False, True]),
        ([100, 94], [True, True]),
        ([7, 7], [False, True]),
        ([0, 0], [True, True]),
    ],
)
def test_a_fragment_falls_where_a_longer_one_has_its_documents(documents: list[int], kept: list[bool]) -> None:
    assert find_maximal(documents, np.array([0]), np.array([1])).tolist() == kept


def test_one_longer_fragment_is_enough_and_the_share_can_be_set() -> None:
    inner, outer = np.array([0, 0, 2]), np.array([1, 2, 1])
    assert find_maximal([10, 1, 8], inner, outer, share=0.8).tolist() == [False, True, True]
    assert find_maximal([10, 1, 8], inner, outer, share=0.81).tolist() == [True, True, True]


def test_where_nothing_is_nested_all_are_maximal() -> None:
    assert find_maximal([1, 2], *find_nested([0, 0], ["手", "机"])).tolist() == [True, True]
