"""Pieces of words, as other libraries cut them, with the characters that each stands for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.tokenizers.base import Truncation, flat_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.records import Tokens

_WHITE_SPACE = np.array([code for code in range(sys.maxunicode + 1) if chr(code).isspace()], dtype=np.uint32)


class Pieces(NamedTuple):
    """The pieces of several texts, flat: id, characters [start, end) of its own text, and number of that text.

    A piece that stands for nothing in the text, such as `[CLS]`, has start = end.
    """

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    documents: npt.NDArray[np.int64]


def pieces_of(ids: Sequence[Sequence[int]], offsets: Sequence[Sequence[tuple[int, int]]]) -> Pieces:
    """The pieces of texts whose ids and spans are listed text by text."""
    spans = np.array([span for spans in offsets for span in spans], dtype=np.int32).reshape(-1, 2)
    return Pieces(
        np.array([number for numbers in ids for number in numbers], dtype=np.int32),
        spans[:, 0],
        spans[:, 1],
        np.repeat(np.arange(len(ids)), [len(numbers) for numbers in ids]),
    )


def subword_tokens(texts: Sequence[str], pieces: Pieces, *, length: int, truncation: Truncation) -> Tokens:
    """The tokens of `texts`, at most `length` a text, without the white space around a piece.

    A piece that stands for nothing is placed at the end of the piece before it, or where the first one starts. A
    text of nothing but such pieces has no tokens.
    """
    starts, ends = _trimmed(texts, pieces)
    written = np.bincount(pieces.documents[ends > starts], minlength=len(texts)) > 0
    kept = written[pieces.documents]
    documents = pieces.documents[kept]
    starts, ends = _placed(starts[kept], ends[kept], documents)
    return flat_tokens(
        pieces.ids[kept], starts, ends, documents, count=len(texts), length=length, truncation=truncation
    )


def _trimmed(texts: Sequence[str], pieces: Pieces) -> tuple[Any, Any]:
    """Starts and ends without white space at either end; a piece of white space alone keeps its own."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    shift = np.cumsum([0, *map(len, texts)])[pieces.documents]
    ink = ~np.isin(codes, _WHITE_SPACE)
    places = np.arange(len(codes))
    following = np.minimum.accumulate(np.append(np.where(ink, places, len(codes)), len(codes))[::-1])[::-1]
    preceding = np.maximum.accumulate(np.append(0, np.where(ink, places + 1, 0)))
    first, last = following[pieces.starts + shift], preceding[pieces.ends + shift]
    inked = first < last
    starts = np.where(inked, first - shift, pieces.starts)
    ends = np.where(inked, last - shift, pieces.ends)
    return starts.astype(np.int32), ends.astype(np.int32)


def _placed(starts: Any, ends: Any, documents: Any) -> tuple[Any, Any]:
    empty = ends <= starts
    if not empty.any():
        return starts, ends
    places = np.arange(len(starts))
    before = np.maximum.accumulate(np.where(empty, -1, places))
    after = np.minimum.accumulate(np.where(empty, len(starts) - 1, places)[::-1])[::-1]
    led = (before >= 0) & (documents[before] == documents)
    place = np.where(led, ends[before], starts[after])
    return np.where(empty, place, starts), np.where(empty, place, ends)
