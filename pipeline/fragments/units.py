"""The units that fragments are made of: words, or characters, never part of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from camlode.pipeline.fragments.characters import (
    EXTENDING,
    GAP,
    IDEOGRAPH,
    JOINER,
    LETTER,
    PUNCTUATION,
    classify_characters,
)
from camlode.pipeline.fragments.punctuation import PunctuationSpans, find_punctuation, find_segments
from camlode.pipeline.tokenizers.segment import Segmenter, find_word_starts

if TYPE_CHECKING:
    from camlode.pipeline.arrays import IntArray
    from camlode.pipeline.fragments.characters import JoinedText

_APOSTROPHES = (ord("'"), ord("’"))
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class Units(NamedTuple):
    """The units that hold more than punctuation and space, in order.

    Characters [starts, ends) of the joined text are the unit, [first, last) the same without the punctuation and
    space at its ends; `texts` says in which text each unit is. `tokens` numbers the tokens that stand for characters:
    no unit has a part in the others, such as the `[CLS]` of a sub-word model. `marks` is the punctuation beside them.
    """

    starts: IntArray
    ends: IntArray
    first: IntArray
    last: IntArray
    texts: IntArray
    tokens: IntArray
    marks: PunctuationSpans


def find_units(
    text: JoinedText, token_starts: Any, token_ends: Any, *, unit: Literal["word", "char"], segment: Segmenter
) -> Units:
    """The units of joined texts whose tokens stand at characters [token_starts, token_ends).

    `unit`: "word" cuts Chinese and its like by `segment` and other scripts between letters and the rest; "char"
    everywhere. A combining mark stays with its character, and what the model sees as one token stays whole.
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
    bounds &= ~_is_inside(token_starts, token_ends, len(bounds))
    bounds |= edges
    units = find_segments(np.flatnonzero(solid), bounds, text.bounds)
    punctuation = np.flatnonzero(classes == PUNCTUATION)
    marks = find_punctuation(text, punctuation, bases[punctuation], units, bounds)
    return Units(*units, tokens=np.flatnonzero(token_ends > token_starts), marks=marks)


def _find_bases(kinds: Any, edges: Any) -> Any:
    """The place of the character that each belongs to: what a combining mark extends, itself for all others."""
    alone = (kinds != EXTENDING) | edges[:-1]
    return np.maximum.accumulate(np.where(alone, np.arange(len(kinds)), 0))


def _keep_words_whole(bounds: Any, text: JoinedText, classes: Any, edges: Any, segment: Segmenter) -> None:
    letters = (classes == LETTER) | _find_inner_apostrophes(text.codes, classes, edges)
    wordlike = letters | (classes == IDEOGRAPH)
    if (classes == IDEOGRAPH).any():
        between = np.flatnonzero(wordlike[1:] & wordlike[:-1]) + 1
        cuts = np.zeros_like(bounds)
        cuts[find_word_starts(text.texts, segment)] = True
        bounds[between] = cuts[between]
    bounds[1:-1][letters[1:] & letters[:-1]] = False


def _find_inner_apostrophes(codes: Any, classes: Any, edges: Any) -> Any:
    found = np.isin(codes, _APOSTROPHES) & ~edges[:-1] & ~edges[1:]
    letters = classes == LETTER
    found[1:] &= letters[:-1]
    found[:-1] &= letters[1:]
    return found


def _follows_joiner(codes: Any, solid: Any) -> Any:
    """Whether each character is joined to the one before it; punctuation and space never are."""
    found = np.zeros(len(codes), dtype=np.bool_)
    found[1:] = (codes[:-1] == JOINER) & solid[:-1] & solid[1:]
    return found


def _ends_flag(codes: Any, edges: Any) -> Any:
    """Whether each character is the second of the two letters that make a flag."""
    letters = (codes >= _FLAG_LETTERS.start) & (codes < _FLAG_LETTERS.stop)
    positions = np.arange(len(codes))
    begins = ~letters | edges[:-1]
    begins[1:] |= ~letters[:-1]
    since = positions - np.maximum.accumulate(np.where(begins, positions, 0))
    return since % 2 == 1


def _is_inside(starts: Any, ends: Any, size: int) -> Any:
    """Whether each place is strictly within one of the spans [starts, ends)."""
    long = ends - starts > 1
    depth = np.bincount(starts[long] + 1, minlength=size) - np.bincount(ends[long], minlength=size)
    return np.cumsum(depth) > 0
