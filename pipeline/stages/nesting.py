"""Fragments within longer fragments of the same label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]


def find_nested(
    labels: Any, fragments: Sequence[str], *, fold: bool = True, boundaries: bool = True
) -> tuple[Numbers, Numbers]:
    """Pairs of patterns, the first of which is within the second, longer one of the same label; sorted.

    `labels` and `fragments` are [patterns]; a fragment is within another where a Matcher of the same options finds it.
    """
    labels = np.asarray(labels)
    found = [np.empty((0, 2), np.int64)]
    for label in np.unique(labels):
        numbers = np.flatnonzero(labels == label)
        found.append(
            numbers[
                _find_nested_pairs([fragments[number] for number in numbers.tolist()], fold=fold, boundaries=boundaries)
            ]
        )
    inner, outer = np.unique(np.concatenate(found), axis=0).T
    return inner, outer


def find_maximal(documents: Any, inner: Any, outer: Any, *, share: float = 0.95) -> npt.NDArray[np.bool_]:
    """Which patterns [patterns] no longer one accounts for.

    b accounts for a within it where documents(b) / documents(a) >= share, documents being those where they occur.
    """
    documents = np.asarray(documents)
    kept = np.ones(len(documents), dtype=np.bool_)
    # A quotient, not a product: 19 / 20 is 0.95 exactly as it is written.
    shares = documents[outer] / np.maximum(documents[inner], 1)
    kept[inner[(shares >= share) & (documents[inner] > 0)]] = False
    return kept


def _find_nested_pairs(fragments: Sequence[str], *, fold: bool, boundaries: bool) -> Numbers:
    found = Matcher(fragments, fold=fold, boundaries=boundaries).occurrences(fragments)
    lengths = np.array([len(fragment) for fragment in fragments])
    longer = lengths[found.texts] > lengths[found.fragments]
    return np.stack([found.fragments[longer], found.texts[longer]], axis=1)
