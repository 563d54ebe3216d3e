"""Punctuation that may be a fragment: marks by themselves, and brackets and quotes around words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.arrays import rank_in_groups
from camlode.pipeline.fragments.characters import Segments, find_segments

if TYPE_CHECKING:
    import numpy.typing as npt

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.pipeline.fragments.characters import JoinedText


_PAIRS = "()[]{}（）［］｛｝《》〈〉「」『』【】〔〕〖〗｢｣“”‘’«»‹›"
_QUOTES = "\"'＂＇"
_PAIR_COUNT = len(_PAIRS) // 2
# By code point: k for the opening mark of pair k, -k for its closing mark; quotes, which may be either, are above
# _PAIR_COUNT.
_bracket_codes = np.zeros(0x10000, dtype=np.int64)
_bracket_codes[[*map(ord, _PAIRS[0::2])]] = np.arange(_PAIR_COUNT) + 1
_bracket_codes[[*map(ord, _PAIRS[1::2])]] = -_bracket_codes[[*map(ord, _PAIRS[0::2])]]
_bracket_codes[[*map(ord, _QUOTES)]] = np.arange(len(_QUOTES)) + _PAIR_COUNT + 1


class PunctuationSpans(NamedTuple):
    """The punctuation outside units, and the spans that begin and end with it.

    `segments` are the marks. A span goes from mark `first_marks` to `last_marks`: a single mark, a maximal run of
    adjacent marks, or a pair of brackets or quotes with units directly inside. `parts` counts the marks of a run, or
    the units and the two brackets of a pair; `sizes` counts the units alone. All four are [spans], in order.
    """

    segments: Segments
    first_marks: IntArray
    last_marks: IntArray
    parts: IntArray
    sizes: IntArray


def find_punctuation(
    text: JoinedText, positions: IntArray, bases: IntArray, units: Segments, bounds: BoolArray
) -> PunctuationSpans:
    """Find the punctuation of a joined text that is split at `bounds` [characters + 1] and has these `units`.

    `positions` are those of punctuation, with the combining marks that extend it; `bases` are the positions of the
    characters to which these belong: themselves, or the ones that they extend.
    """
    apart = ~(_is_within(units, positions) | _is_within(units, bases))
    positions, bases = positions[apart], bases[apart]
    joined = bounds.copy()
    joined[positions[positions != bases]] = False
    marks = find_segments(positions, joined, text.bounds)
    numbers = np.arange(len(marks.core_starts))
    runs, brackets = _find_runs(marks), _find_enclosing(text.codes, marks, units)
    first_marks, last_marks = (
        np.concatenate(each) for each in zip((numbers, numbers), runs, brackets[:2], strict=True)
    )
    sizes = np.concatenate([np.zeros(len(numbers) + len(runs[0]), np.int64), brackets[2]])
    parts = np.where(sizes > 0, sizes + 2, last_marks - first_marks + 1)
    order = np.argsort(first_marks, kind="stable")
    return PunctuationSpans(marks, *(each[order] for each in (first_marks, last_marks, parts, sizes)))


def _is_within(units: Segments, positions: IntArray) -> BoolArray:
    before = np.searchsorted(units.starts, positions, side="right") - 1
    return positions < np.append(units.ends, 0)[before]


def _find_runs(marks: Segments) -> tuple[IntArray, IntArray]:
    """First and last mark of each maximal run of two or more."""
    touches = (marks.core_ends[:-1] == marks.core_starts[1:]) & (marks.texts[:-1] == marks.texts[1:])
    edges = np.diff(touches.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _find_enclosing(
    codes: npt.NDArray[np.uint32], marks: Segments, units: Segments
) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of brackets and quotes with a unit directly at each inner side, and the number of units in them."""
    opening, closing = _pair_brackets(codes, marks)
    inner_start, inner_end = marks.core_ends[opening], marks.core_starts[closing]
    first = np.searchsorted(units.core_starts, inner_start)
    after = np.searchsorted(units.core_ends, inner_end, side="right")
    size = after - first
    begins_there = np.append(units.core_starts, -1)[first] == inner_start
    direct = (size > 0) & begins_there & (np.append(units.core_ends, -1)[after - 1] == inner_end)
    return opening[direct], closing[direct], size[direct]


def _pair_brackets(codes: npt.NDArray[np.uint32], marks: Segments) -> tuple[IntArray, IntArray]:
    """Opening marks and the marks that close them: brackets by depth, quotes by turns."""
    signed = np.where(
        marks.core_ends - marks.core_starts == 1, _bracket_codes[np.minimum(codes[marks.core_starts], 0xFFFF)], 0
    )
    numbers = np.flatnonzero(signed)
    kinds = np.abs(signed[numbers])
    groups = marks.texts[numbers] * (kinds.max(initial=0) + 1) + kinds
    order = np.argsort(groups, kind="stable")
    numbers, kinds, groups = numbers[order], kinds[order], groups[order]
    turn = rank_in_groups(groups)
    opens = np.where(kinds > _PAIR_COUNT, turn % 2 == 0, signed[numbers] > 0)
    # A bracket and the one that closes it have the same depth, with none of this kind and depth between them. Sorted by
    # depth they are neighbours, so no stack, and no loop over characters, is needed.
    depth = np.cumsum(np.where(opens, 1, -1)) + ~opens
    order = np.lexsort((depth, groups))
    numbers, opens, groups, depth = numbers[order], opens[order], groups[order], depth[order]
    closed = opens[:-1] & ~opens[1:] & (groups[:-1] == groups[1:]) & (depth[:-1] == depth[1:])
    return numbers[:-1][closed], numbers[1:][closed]
