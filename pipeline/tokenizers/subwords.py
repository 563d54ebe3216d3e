"""Tokens from the sub-words of other libraries, with their characters in the original text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.tokenizers.base import Truncation, build_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Int32Array, IntArray
    from camlode.pipeline.records import Tokens

_WHITE_SPACE = np.array([code for code in range(sys.maxunicode + 1) if chr(code).isspace()], dtype=np.uint32)


class SubwordPieces(NamedTuple):
    """Sub-words of several texts, flat: id, characters [start, end) of its own text, and number of that text.

    A piece without characters, such as `[CLS]`, has start = end.
    """

    ids: Int32Array
    starts: Int32Array
    ends: Int32Array
    documents: IntArray


def collect_pieces(ids: Sequence[Sequence[int]], offsets: Sequence[Sequence[tuple[int, int]]]) -> SubwordPieces:
    """Flatten ids and spans that are listed text by text."""
    spans = np.array([span for spans in offsets for span in spans], dtype=np.int32).reshape(-1, 2)
    return SubwordPieces(
        np.array([number for numbers in ids for number in numbers], dtype=np.int32),
        spans[:, 0],
        spans[:, 1],
        np.repeat(np.arange(len(ids)), [len(numbers) for numbers in ids]),
    )


def build_subword_tokens(texts: Sequence[str], pieces: SubwordPieces, *, length: int, truncation: Truncation) -> Tokens:
    """Build the tokens of `texts`, at most `length` for each, without the white space around a piece.

    A piece without characters is placed at the end of the piece before it, or at the start of the first one. A text
    with no other pieces has no tokens.
    """
    starts, ends = _trim_white_space(texts, pieces)
    written = np.bincount(pieces.documents[ends > starts], minlength=len(texts)) > 0
    kept = written[pieces.documents]
    documents = pieces.documents[kept]
    starts, ends = _place_empty_pieces(starts[kept], ends[kept], documents)
    return build_tokens(
        pieces.ids[kept], starts, ends, documents, count=len(texts), length=length, truncation=truncation
    )


def _trim_white_space(texts: Sequence[str], pieces: SubwordPieces) -> tuple[Any, Any]:
    """Starts and ends without white space at either end; a piece of white space alone stays as it is."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    shift = np.cumsum([0, *map(len, texts)])[pieces.documents]
    visible = ~np.isin(codes, _WHITE_SPACE)
    positions = np.arange(len(codes))
    following = np.minimum.accumulate(np.append(np.where(visible, positions, len(codes)), len(codes))[::-1])[::-1]
    preceding = np.maximum.accumulate(np.append(0, np.where(visible, positions + 1, 0)))
    first, last = following[pieces.starts + shift], preceding[pieces.ends + shift]
    has_text = first < last
    starts = np.where(has_text, first - shift, pieces.starts)
    ends = np.where(has_text, last - shift, pieces.ends)
    return starts.astype(np.int32), ends.astype(np.int32)


def _place_empty_pieces(starts: Any, ends: Any, documents: Any) -> tuple[Any, Any]:
    empty = ends <= starts
    if not empty.any():
        return starts, ends
    positions = np.arange(len(starts))
    before = np.maximum.accumulate(np.where(empty, -1, positions))
    after = np.minimum.accumulate(np.where(empty, len(starts) - 1, positions)[::-1])[::-1]
    has_predecessor = (before >= 0) & (documents[before] == documents)
    position = np.where(has_predecessor, ends[before], starts[after])
    return np.where(empty, position, starts), np.where(empty, position, ends)
