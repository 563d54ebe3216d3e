"""The units of fragments: words or characters, never parts of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from camlode.pipeline.fragments.characters import (
    EXTENDING,
    GAP,
    IDEOGRAPH,
    JOINER,
    LETTER,
    PUNCTUATION,
    classify_characters,
    find_segments,
)
from camlode.pipeline.fragments.punctuation import PunctuationSpans, find_punctuation
from camlode.pipeline.tokenizers.segment import Segmenter, find_word_starts

if TYPE_CHECKING:
    import numpy.typing as npt

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.pipeline.fragments.characters import JoinedText

_APOSTROPHES = (ord("'"), ord("’"))
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class Units(NamedTuple):
    """The units with more than punctuation and space, in order.

    A unit has the characters [starts, ends) of the joined text, and [core_starts, core_ends) without punctuation and
    space at its ends; `texts` are the numbers of the texts. `tokens` are the numbers of the tokens with characters;
    others, such as the `[CLS]` of a sub-word model, belong to no unit. `punctuation` is that outside the units.
    """

    starts: IntArray
    ends: IntArray
    core_starts: IntArray
    core_ends: IntArray
    texts: IntArray
    tokens: IntArray
    punctuation: PunctuationSpans


def find_units(
    text: JoinedText, token_starts: IntArray, token_ends: IntArray, *, unit: Literal["word", "char"], segment: Segmenter
) -> Units:
    """Find the units of joined texts whose tokens have the characters [token_starts, token_ends).

    `unit`: "word" splits scripts without spaces, such as Chinese, by `segment`, and others between letters and the
    rest; "char" splits at every character. Combining marks stay with their character, and a token stays whole.
    """
    edges = np.zeros(len(text.codes) + 1, dtype=np.bool_)
    edges[text.bounds] = True
    kinds = classify_characters(text.codes)
    bases = _find_bases(kinds, edges)
    classes = np.where(kinds == EXTENDING, GAP, kinds)[bases]
    solid = (classes != GAP) & (classes != PUNCTUATION)
    bounds = np.ones_like(edges)
    if unit == "word":
        _keep_words_whole(bounds, text, classes, edges, segment)
    extending = (kinds == EXTENDING) & solid
    bounds[:-1][extending | _follows_joiner(text.codes, solid) | _ends_flag(text.codes, edges)] = False
    # The model has one importance for a token, so a fragment cannot have part of it.
    bounds &= ~_is_inside(token_starts, token_ends, len(bounds))
    # Last, so that nothing above joins two texts.
    bounds |= edges
    units = find_segments(np.flatnonzero(solid), bounds, text.bounds)
    positions = np.flatnonzero(classes == PUNCTUATION)
    punctuation = find_punctuation(text, positions, bases[positions], units, bounds)
    return Units(*units, tokens=np.flatnonzero(token_ends > token_starts), punctuation=punctuation)


def _find_bases(kinds: npt.NDArray[np.uint8], edges: BoolArray) -> IntArray:
    """Position of the character to which each belongs: the one that a combining mark extends, else itself."""
    alone = (kinds != EXTENDING) | edges[:-1]
    return np.maximum.accumulate(np.where(alone, np.arange(len(kinds)), 0))


def _keep_words_whole(
    bounds: BoolArray, text: JoinedText, classes: npt.NDArray[np.uint8], edges: BoolArray, segment: Segmenter
) -> None:
    letters = (classes == LETTER) | _find_inner_apostrophes(text.codes, classes, edges)
    wordlike = letters | (classes == IDEOGRAPH)
    if (classes == IDEOGRAPH).any():
        between = np.flatnonzero(wordlike[1:] & wordlike[:-1]) + 1
        word_starts = np.zeros_like(bounds)
        word_starts[find_word_starts(text.texts, segment)] = True
        bounds[between] = word_starts[between]
    bounds[1:-1][letters[1:] & letters[:-1]] = False


def _find_inner_apostrophes(
    codes: npt.NDArray[np.uint32], classes: npt.NDArray[np.uint8], edges: BoolArray
) -> BoolArray:
    found = np.isin(codes, _APOSTROPHES) & ~edges[:-1] & ~edges[1:]
    letters = classes == LETTER
    found[1:] &= letters[:-1]
    found[:-1] &= letters[1:]
    return found


def _follows_joiner(codes: npt.NDArray[np.uint32], solid: BoolArray) -> BoolArray:
    """Mask of the characters that are joined to the one before; punctuation and space never are."""
    found = np.zeros(len(codes), dtype=np.bool_)
    found[1:] = (codes[:-1] == JOINER) & solid[:-1] & solid[1:]
    return found


def _ends_flag(codes: npt.NDArray[np.uint32], edges: BoolArray) -> BoolArray:
    """Mask of the second letters of flags, which are pairs of regional indicators."""
    letters = (codes >= _FLAG_LETTERS.start) & (codes < _FLAG_LETTERS.stop)
    positions = np.arange(len(codes))
    begins = ~letters | edges[:-1]
    begins[1:] |= ~letters[:-1]
    since = positions - np.maximum.accumulate(np.where(begins, positions, 0))
    return np.asarray(since % 2 == 1)


def _is_inside(starts: IntArray, ends: IntArray, size: int) -> BoolArray:
    """Mask of the positions strictly inside one of the spans [starts, ends)."""
    long = ends - starts > 1
    depth = np.bincount(starts[long] + 1, minlength=size) - np.bincount(ends[long], minlength=size)
    return np.cumsum(depth) > 0
