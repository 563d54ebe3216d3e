"""Find the occurrences of many fragments in many texts at once."""

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

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.pipeline.fragments.casefold import Codes

_CHARACTERS_PER_CHUNK = 100_000
"""Characters that are searched at once, so that the arrays of occurrences stay in the processor's cache."""


class Occurrences(NamedTuple):
    """Fragment `fragments[i]` occurs in text `texts[i]` at the characters [starts[i], ends[i]) of the original text.

    All four are [occurrences], sorted by text, start, end and fragment.
    """

    texts: IntArray
    fragments: IntArray
    starts: IntArray
    ends: IntArray


class Matcher:
    """Finds `fragments` in texts with one Aho-Corasick automaton. A matcher can be pickled.

    fold: whether letters that differ only in case match, as `camlode.pipeline.fragments.casefold` defines it. Nothing
        else is normalised.
    boundaries: whether an occurrence must begin and end at word boundaries. A word consists of letters, digits and
        their marks in scripts with spaces between words; Chinese, Japanese and Thai have none, so there any position
        is a boundary.

    A fragment that is given twice, or as "The" and "the" with `fold`, is reported under both indices. Half of a
    surrogate pair, which no encoded text can contain, is read as U+FFFD.

    Raises:
        ValueError: a fragment is empty.
    """

    def __init__(self, fragments: Sequence[str], *, fold: bool = True, boundaries: bool = True) -> None:
        self.fragments = tuple(fragments)
        self.fold = fold
        self.boundaries = boundaries
        if "" in self.fragments:
            raise ValueError(f"fragment {self.fragments.index('')} is empty: leave it out, it would occur everywhere")
        # Case is folded character by character, so that a folded text is as long as the original and its offsets are
        # those of the original. str.casefold is not: it turns ß into ss.
        table = case_fold_table(fold=fold)
        codes = table[to_code_points("".join(self.fragments))]
        bounds = np.cumsum([0, *map(len, self.fragments)]).tolist()
        normal = from_code_points(codes)
        distinct: dict[str, int] = {}
        # The automaton accepts no pattern twice: it searches for distinct folded texts, and `_duplicates` maps these
        # back to all fragments.
        numbers = [distinct.setdefault(normal[start:end], len(distinct)) for start, end in pairwise(bounds)]
        self._duplicates = _Groups(numbers, len(distinct))
        self._separator = _find_unused_character(table, codes)
        self._longest = max(map(len, distinct), default=0)
        self._automaton = ahocorasick_rs.AhoCorasick(distinct, store_patterns=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # The automaton cannot be pickled: the other process builds it again.
        return partial(Matcher, fold=self.fold, boundaries=self.boundaries), (self.fragments,)

    def find_occurrences(self, texts: Sequence[str], *, longest: bool = False) -> Occurrences:
        """Find all occurrences of the fragments in `texts`, including those inside one another.

        longest: only occurrences that do not overlap: reading each text from the left, the longest at each position.
        """
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        chunks = (np.cumsum(lengths) - lengths) // _CHARACTERS_PER_CHUNK
        edges = [0, *(np.flatnonzero(np.diff(chunks)) + 1).tolist(), len(texts)]
        chunk_occurrences = [self._search_chunk(texts[start:end], start, longest) for start, end in pairwise(edges)]
        return Occurrences(*map(np.concatenate, zip(*chunk_occurrences, strict=True)))

    def _search_chunk(self, texts: Sequence[str], first: int, longest: bool) -> Occurrences:
        # One search in the joined texts instead of one a text. No fragment contains the separator, so no occurrence
        # spans two texts, even if the texts contain it.
        joined = to_code_points(self._separator.join(["", *texts, ""]))
        gaps = np.cumsum([0, *(len(text) + 1 for text in texts)])
        numbers, starts, ends = self._search(from_code_points(case_fold_table(fold=self.fold)[joined]))
        if self.boundaries:
            inside = _inside_words(joined, gaps)
            at_boundaries = ~(inside[starts] | inside[ends])
            numbers, starts, ends = numbers[at_boundaries], starts[at_boundaries], ends[at_boundaries]
        if longest:
            kept = _leftmost_longest(starts, ends)
            numbers, starts, ends = numbers[kept], starts[kept], ends[kept]
        rows, fragments = self._duplicates.members(numbers)
        starts, ends = starts[rows], ends[rows]
        inner = np.searchsorted(gaps, starts) - 1
        shift = gaps[inner] + 1
        return Occurrences(inner + first, fragments, starts - shift, ends - shift)

    def _search(self, text: str) -> tuple[IntArray, IntArray, IntArray]:
        # A standard Aho-Corasick search reports all matches, but in the order of their ends.
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        flat = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches))
        numbers, starts, ends = flat[0::3], flat[1::3], flat[2::3]
        order = np.argsort(starts * self._longest + (ends - starts - 1))
        return numbers[order], starts[order], ends[order]


class _Groups:
    """The members of groups: item i of 0 … n-1 belongs to group `groups[i]`, one of `count`."""

    def __init__(self, groups: Sequence[int], count: int) -> None:
        numbers = np.array(groups, dtype=np.int64)
        self._members = np.argsort(numbers, kind="stable")
        self._offsets = offsets_from_sizes(np.bincount(numbers, minlength=count))

    def members(self, groups: IntArray) -> tuple[IntArray, IntArray]:
        """For each member of each of `groups`: the index in `groups`, and the member."""
        rows = np.repeat(np.arange(len(groups)), np.diff(self._offsets)[groups])
        return rows, self._members[ragged_index(self._offsets, groups)]


def _find_unused_character(table: Codes, used: Codes) -> str:
    """The first character that is not in `used` and that no other character is folded to."""
    free = table == np.arange(len(table))
    free[used] = False
    return chr(int(np.argmax(free)))


def _inside_words(codes: Codes, gaps: IntArray) -> BoolArray:
    """Whether each position between two characters is inside a word [characters + 1]; `gaps` separate words."""
    kinds = classify_characters(codes)
    kinds[gaps] = GAP
    # A combining mark or joiner belongs to the character before it.
    base = np.maximum.accumulate(np.where(kinds == EXTENDING, 0, np.arange(len(kinds))))
    word = kinds[base] == LETTER
    inside = np.zeros(len(codes) + 1, dtype=np.bool_)
    inside[1:-1] = word[:-1] & word[1:]
    return inside


def _leftmost_longest(starts: IntArray, ends: IntArray) -> IntArray:
    """Of spans sorted by start and end, the indices of the leftmost-longest ones that do not overlap.

    Of each start the longest span, if it begins at or after the end of the one taken before.
    """
    # The longest span of a start is the last one of it. Where each leads to is looked up at once; the loop only hops.
    rows = np.flatnonzero(np.diff(starts, append=-1))
    following = np.searchsorted(starts[rows], ends[rows]).tolist()
    kept, row = [], 0
    while row < len(rows):
        kept.append(row)
        row = following[row]
    return rows[kept]
