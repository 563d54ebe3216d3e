"""Where fragments occur in texts: many fragments, many texts, at once."""

from __future__ import annotations

from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import ahocorasick_rs
import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index
from camlode.pipeline.fragments.casefold import case_fold_table, from_code_points, to_code_points
from camlode.pipeline.fragments.characters import EXTENDING, GAP, LETTER, classify_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

_CHUNK = 100_000
"""Characters that are searched at once: what a search finds in them stays in the processor's cache."""


class Occurrences(NamedTuple):
    """Fragment `fragments[i]` stands in text `texts[i]` at characters [starts[i], ends[i]) of the original text.

    All are [occurrences], sorted by text, start, end and fragment.
    """

    texts: IntArray
    fragments: IntArray
    starts: IntArray
    ends: IntArray


class Matcher:
    """Finds `fragments` in texts with one Aho-Corasick automaton; it can be sent to another process.

    fold: letters that differ in case are the same, as `camlode.pipeline.fragments.casefold` reads them, which leaves offsets
        those of the original text. Nothing else is normalised.
    boundaries: what cuts a word does not count. A word is letters, digits and their marks in scripts that set words
        apart; Chinese, Japanese and Thai don't, so there every place will do.

    A fragment that is there twice, or as "The" and "the" when folded, is answered under both numbers. Half of a
    surrogate pair, which no encoded text can hold, is read as U+FFFD.

    Raises:
        ValueError: a fragment is empty.
    """

    def __init__(self, fragments: Sequence[str], *, fold: bool = True, boundaries: bool = True) -> None:
        self.fragments = tuple(fragments)
        self.fold = fold
        self.boundaries = boundaries
        if "" in self.fragments:
            raise ValueError(f"fragment {self.fragments.index('')} is empty: leave it out, it would occur everywhere")
        table = case_fold_table(fold=fold)
        codes = table[to_code_points("".join(self.fragments))]
        bounds = np.cumsum([0, *map(len, self.fragments)]).tolist()
        normal = from_code_points(codes)
        distinct: dict[str, int] = {}
        numbers = [distinct.setdefault(normal[start:end], len(distinct)) for start, end in pairwise(bounds)]
        self._duplicates = _Groups(numbers, len(distinct))
        self._separator = _find_unused_character(table, codes)
        self._longest = max(map(len, distinct), default=0)
        self._automaton = ahocorasick_rs.AhoCorasick(distinct, store_patterns=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Matcher, fold=self.fold, boundaries=self.boundaries), (self.fragments,)

    def occurrences(self, texts: Sequence[str], *, longest: bool = False) -> Occurrences:
        """Where the fragments occur in each of `texts`: everywhere, also within each other.

        longest: only those that don't overlap, each text read from the left, of several at one place the longest.
        """
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        chunks = (np.cumsum(lengths) - lengths) // _CHUNK
        edges = [0, *(np.flatnonzero(np.diff(chunks)) + 1).tolist(), len(texts)]
        found = [self._search_chunk(texts[start:end], start, longest) for start, end in pairwise(edges)]
        return Occurrences(*map(np.concatenate, zip(*found, strict=True)))

    def _search_chunk(self, texts: Sequence[str], first: int, longest: bool) -> Occurrences:
        # No fragment holds the separator, so none is found across texts, whatever the texts hold.
        joined = to_code_points(self._separator.join(["", *texts, ""]))
        gaps = np.cumsum([0, *(len(text) + 1 for text in texts)])
        numbers, starts, ends = self._search(from_code_points(case_fold_table(fold=self.fold)[joined]))
        if self.boundaries:
            inside = _inside_words(joined, gaps)
            whole = ~(inside[starts] | inside[ends])
            numbers, starts, ends = numbers[whole], starts[whole], ends[whole]
        if longest:
            kept = _leftmost_longest(starts, ends)
            numbers, starts, ends = numbers[kept], starts[kept], ends[kept]
        rows, fragments = self._duplicates.members(numbers)
        starts, ends = starts[rows], ends[rows]
        inner = np.searchsorted(gaps, starts) - 1
        shift = gaps[inner] + 1
        return Occurrences(inner + first, fragments, starts - shift, ends - shift)

    def _search(self, text: str) -> tuple[IntArray, IntArray, IntArray]:
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        flat = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found))
        numbers, starts, ends = flat[0::3], flat[1::3], flat[2::3]
        order = np.argsort(starts * self._longest + (ends - starts - 1))
        return numbers[order], starts[order], ends[order]


class _Groups:
    """Numbers 0 … n-1 in `count` groups: from groups back to their members."""

    def __init__(self, groups: Sequence[int], count: int) -> None:
        self._members = np.argsort(np.array(groups, dtype=np.int64), kind="stable")
        self._offsets = offsets_from_sizes(np.bincount(np.array(groups, dtype=np.int64), minlength=count))

    def members(self, groups: IntArray) -> tuple[IntArray, IntArray]:
        """For each member of each of `groups` the place in `groups`, and the member."""
        rows = np.repeat(np.arange(len(groups)), np.diff(self._offsets)[groups])
        return rows, self._members[ragged_index(self._offsets, groups)]


def _find_unused_character(table: npt.NDArray[np.uint32], used: npt.NDArray[np.uint32]) -> str:
    """The first character that is not used and that nothing else is read as."""
    free = table == np.arange(len(table))
    free[used] = False
    return chr(int(np.argmax(free)))


def _inside_words(codes: npt.NDArray[np.uint32], gaps: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each place between two characters is within a word; characters at `gaps` are in none."""
    kinds = classify_characters(codes)
    kinds[gaps] = GAP
    base = np.maximum.accumulate(np.where(kinds == EXTENDING, 0, np.arange(len(kinds))))
    word = kinds[base] == LETTER
    inside = np.zeros(len(codes) + 1, dtype=np.bool_)
    inside[1:-1] = word[:-1] & word[1:]
    return inside


def _leftmost_longest(starts: IntArray, ends: IntArray) -> IntArray:
    """Of spans sorted by start and end: the longest of each start, each the first after the end of the one before."""
    rows = np.flatnonzero(np.diff(starts, append=-1))
    following = np.searchsorted(starts[rows], ends[rows]).tolist()
    kept, row = [], 0
    while row < len(rows):
        kept.append(row)
        row = following[row]
    return rows[kept]
