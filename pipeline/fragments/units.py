"""The units that fragments are made of: words, or characters, never part of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pipeline.fragments.characters import EXTENDING, GAP, IDEOGRAPH, JOINER, LETTER, character_classes
from pipeline.tokenizers.segment import Cut, cut_points

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.fragments.text import JoinedText

_APOSTROPHES = (ord("'"), ord("’"))
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class Units(NamedTuple):
    """The units that hold more than punctuation and space, in order.

    Characters [starts, ends) of the joined text are the unit, [first, last) the same without the punctuation and
    space at its ends; `texts` says in which text each unit is. `tokens` numbers the tokens that stand for characters:
    no unit has a part in the others, such as the `[CLS]` of a sub-word model.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.int64]


def find_units(
    text: JoinedText, token_starts: Any, token_ends: Any, *, unit: Literal["word", "char"], cut: Cut
) -> Units:
    """The units of joined texts whose tokens stand at characters [token_starts, token_ends).

    `unit`: "word" cuts Chinese and its like by `cut` and other scripts between letters and the rest; "char"
    everywhere. A combining mark stays with its character, and what the model sees as one token stays whole.
    """
    edges = np.zeros(len(text.codes) + 1, dtype=np.bool_)
    edges[text.bounds] = True
    kinds = character_classes(text.codes)
    classes = _with_marks(kinds, edges)
    bounds = np.ones_like(edges)
    if unit == "word":
        _keep_words_whole(bounds, text, classes, edges, cut)
    marks = (kinds == EXTENDING) & (classes != GAP)
    bounds[:-1][marks | _after_joiner(text.codes, classes) | _ends_flag(text.codes, edges)] = False
    bounds &= ~_inside(token_starts, token_ends, len(bounds))
    bounds |= edges
    return _units_between(bounds, classes, text.bounds, np.flatnonzero(token_ends > token_starts))


def _with_marks(kinds: Any, edges: Any) -> Any:
    """Each character's class, a mark's being that of its character; a mark at a text's start counts as GAP."""
    alone = (kinds != EXTENDING) | edges[:-1]
    bases = np.maximum.accumulate(np.where(alone, np.arange(len(kinds)), 0))
    return np.where(kinds == EXTENDING, GAP, kinds)[bases]


def _keep_words_whole(bounds: Any, text: JoinedText, classes: Any, edges: Any, cut: Cut) -> None:
    letters = (classes == LETTER) | _inner_apostrophes(text.codes, classes, edges)
    wordlike = letters | (classes == IDEOGRAPH)
    if (classes == IDEOGRAPH).any():
        between = np.flatnonzero(wordlike[1:] & wordlike[:-1]) + 1
        cuts = np.zeros_like(bounds)
        cuts[cut_points(text.texts, cut)] = True
        bounds[between] = cuts[between]
    bounds[1:-1][letters[1:] & letters[:-1]] = False


def _inner_apostrophes(codes: Any, classes: Any, edges: Any) -> Any:
    found = np.isin(codes, _APOSTROPHES) & ~edges[:-1] & ~edges[1:]
    letters = classes == LETTER
    found[1:] &= letters[:-1]
    found[:-1] &= letters[1:]
    return found


def _after_joiner(codes: Any, classes: Any) -> Any:
    """Whether each character is joined to the one before it; punctuation and space never are."""
    found = np.zeros(len(codes), dtype=np.bool_)
    found[1:] = (codes[:-1] == JOINER) & (classes[:-1] != GAP) & (classes[1:] != GAP)
    return found


def _ends_flag(codes: Any, edges: Any) -> Any:
    """Whether each character is the second of the two letters that make a flag."""
    letters = (codes >= _FLAG_LETTERS.start) & (codes < _FLAG_LETTERS.stop)
    places = np.arange(len(codes))
    begins = ~letters | edges[:-1]
    begins[1:] |= ~letters[:-1]
    since = places - np.maximum.accumulate(np.where(begins, places, 0))
    return since % 2 == 1


def _inside(starts: Any, ends: Any, size: int) -> Any:
    """Whether each place is strictly within one of the spans [starts, ends)."""
    long = ends - starts > 1
    depth = np.bincount(starts[long] + 1, minlength=size) - np.bincount(ends[long], minlength=size)
    return np.cumsum(depth) > 0


def _units_between(bounds: Any, classes: Any, text_bounds: Any, tokens: Any) -> Units:
    solid = np.flatnonzero(classes != GAP)
    unit_of_solid = np.cumsum(bounds)[solid] - 1
    is_first = np.diff(unit_of_solid, prepend=-1) > 0
    is_last = np.concatenate([is_first[1:], [True]]) if len(is_first) else is_first
    kept, places = unit_of_solid[is_first], np.flatnonzero(bounds)
    starts = places[kept]
    return Units(
        starts=starts,
        ends=places[kept + 1],
        first=solid[is_first],
        last=solid[is_last] + 1,
        texts=np.repeat(np.arange(len(text_bounds) - 1), np.diff(text_bounds))[starts],
        tokens=tokens,
    )
