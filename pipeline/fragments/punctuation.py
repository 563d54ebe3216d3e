"""Punctuation that may be a fragment: marks on their own, and the brackets around words."""
# MERGED: Cutting joined texts into pieces.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.arrays import rank_in_groups

if TYPE_CHECKING:
    from camlode.pipeline.arrays import IntArray
    from camlode.pipeline.fragments.characters import JoinedText


class Segments(NamedTuple):
    """Pieces of joined texts, in order; all arrays are [pieces].

    Characters [starts, ends) of the joined text are the piece, [first, last) the same without what does not count at
    its ends; `texts` says in which text each piece is.
    """

    starts: IntArray
    ends: IntArray
    first: IntArray
    last: IntArray
    texts: IntArray


def find_segments(positions: Any, bounds: Any, text_bounds: Any) -> Segments:
    """The pieces that hold one or more of the characters at `positions`, which are those that count.

    `bounds` [characters + 1] says whether the joined text is cut at each place, `text_bounds` where its texts meet.
    """
    segment_of_position = np.cumsum(bounds)[positions] - 1
    is_first = np.diff(segment_of_position, prepend=-1) > 0
    is_last = np.concatenate([is_first[1:], [True]]) if len(is_first) else is_first
    kept, cuts = segment_of_position[is_first], np.flatnonzero(bounds)
    starts = cuts[kept]
    return Segments(
        starts=starts,
        ends=cuts[kept + 1],
        first=positions[is_first],
        last=positions[is_last] + 1,
        texts=np.repeat(np.arange(len(text_bounds) - 1), np.diff(text_bounds))[starts],
    )


_PAIRS = "()[]{}（）［］｛｝《》〈〉「」『』【】〔〕〖〗｢｣“”‘’«»‹›"
_QUOTES = "\"'＂＇"
_PAIR_COUNT = len(_PAIRS) // 2
# By code point, k for what opens the kth pair and -k for what closes it; a quote that may do either is above _KINDS.
_bracket_codes = np.zeros(0x10000, dtype=np.int64)
_bracket_codes[[*map(ord, _PAIRS[0::2])]] = np.arange(_PAIR_COUNT) + 1
_bracket_codes[[*map(ord, _PAIRS[1::2])]] = -_bracket_codes[[*map(ord, _PAIRS[0::2])]]
_bracket_codes[[*map(ord, _QUOTES)]] = np.arange(len(_QUOTES)) + _PAIR_COUNT + 1


class PunctuationSpans(NamedTuple):
    """The punctuation that is no part of a unit, and the spans that begin and end with it.

    `segments` are the marks. A span goes from mark `first_marks` to mark `last_marks`: one mark alone, two or more that touch,
    as far as they do, or brackets or quotes with units directly inside. Of its `parts`, all marks or all units and the
    two brackets, `sizes` are units. These four are [spans], sorted by where they begin.
    """

    segments: Segments
    first_marks: IntArray
    last_marks: IntArray
    parts: IntArray
    sizes: IntArray


def find_punctuation(text: JoinedText, positions: Any, bases: Any, units: Segments, bounds: Any) -> PunctuationSpans:
    """The marks of a text that is cut at `bounds` [characters + 1] and has `units` beside them.

    `positions` are the punctuation in it, `bases` what each belongs to: itself, or the one that it extends.
    """
    apart = ~(_is_within(units, positions) | _is_within(units, bases))
    positions, bases = positions[apart], bases[apart]
    joined = bounds.copy()
    joined[positions[positions != bases]] = False
    marks = find_segments(positions, joined, text.bounds)
    numbers = np.arange(len(marks.first))
    runs, brackets = _find_runs(marks), _find_enclosing(text.codes, marks, units)
    first_marks, last_marks = (
        np.concatenate(each) for each in zip((numbers, numbers), runs, brackets[:2], strict=True)
    )
    sizes = np.concatenate([np.zeros(len(numbers) + len(runs[0]), np.int64), brackets[2]])
    parts = np.where(sizes > 0, sizes + 2, last_marks - first_marks + 1)
    order = np.argsort(first_marks, kind="stable")
    return PunctuationSpans(marks, *(each[order] for each in (first_marks, last_marks, parts, sizes)))


def _is_within(units: Segments, positions: Any) -> Any:
    before = np.searchsorted(units.starts, positions, side="right") - 1
    return positions < np.append(units.ends, 0)[before]


def _find_runs(marks: Segments) -> tuple[Any, Any]:
    """The first and the last mark of each run of two or more, as far as it goes."""
    touches = (marks.last[:-1] == marks.first[1:]) & (marks.texts[:-1] == marks.texts[1:])
    edges = np.diff(touches.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _find_enclosing(codes: Any, marks: Segments, units: Segments) -> tuple[Any, Any, Any]:
    """The pairs of brackets and quotes with a unit directly at either inner side, and how many units are in them."""
    opening, closing = _pair_brackets(codes, marks)
    inner_start, inner_end = marks.last[opening], marks.first[closing]
    first = np.searchsorted(units.first, inner_start)
    after = np.searchsorted(units.last, inner_end, side="right")
    size = after - first
    begins_there = np.append(units.first, -1)[first] == inner_start
    direct = (size > 0) & begins_there & (np.append(units.last, -1)[after - 1] == inner_end)
    return opening[direct], closing[direct], size[direct]


def _pair_brackets(codes: Any, marks: Segments) -> tuple[Any, Any]:
    """The marks that open and those that close them: brackets by how deep they are, quotes by turns."""
    signed = np.where(marks.last - marks.first == 1, _bracket_codes[np.minimum(codes[marks.first], 0xFFFF)], 0)
    numbers = np.flatnonzero(signed)
    kinds = np.abs(signed[numbers])
    groups = marks.texts[numbers] * (kinds.max(initial=0) + 1) + kinds
    order = np.argsort(groups, kind="stable")
    numbers, kinds, groups = numbers[order], kinds[order], groups[order]
    turn = rank_in_groups(groups)
    opens = np.where(kinds > _PAIR_COUNT, turn % 2 == 0, signed[numbers] > 0)
    # A bracket and the one that closes it are as deep as each other, with none as deep of their kind between them.
    depth = np.cumsum(np.where(opens, 1, -1)) + ~opens
    order = np.lexsort((depth, groups))
    numbers, opens, groups, depth = numbers[order], opens[order], groups[order], depth[order]
    closed = opens[:-1] & ~opens[1:] & (groups[:-1] == groups[1:]) & (depth[:-1] == depth[1:])
    return numbers[:-1][closed], numbers[1:][closed]
