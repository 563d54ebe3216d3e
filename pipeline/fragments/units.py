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


class Units(NamedTuple):
    """The units that hold more than punctuation and space, in order.

    Characters [starts, ends) of the joined text are the unit, [first, last) the same without the punctuation and
    space at its ends; `texts` says in which text each unit is.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]


def find_units(
    text: JoinedText, token_starts: Any, token_ends: Any, *, unit: Literal["word", "char"], cut: Cut
) -> Units:
    """The units of joined texts whose tokens stand at characters [token_starts, token_ends).

    `unit`: "word" cuts Chinese and its like by `cut` and other scripts between letters and the rest; "char"
    everywhere. A combining mark stays with its character, and what the model sees as one token stays whole.
    """
    classes = character_classes(text.codes)
    bounds = np.ones(len(text.codes) + 1, dtype=np.bool_)
    if unit == "word":
        _keep_words_whole(bounds, text, classes, cut)
    bounds[:-1][(classes == EXTENDING) | _after_joiner(text.codes)] = False
    bounds &= ~_inside(token_starts, token_ends, len(bounds))
    bounds[text.bounds] = True
    return _units_between(np.flatnonzero(bounds), classes, text.bounds)


def _keep_words_whole(bounds: Any, text: JoinedText, classes: Any, cut: Cut) -> None:
    letters = (classes == LETTER) | (classes == EXTENDING) | _inner_apostrophes(text.codes, classes)
    wordlike = letters | (classes == IDEOGRAPH)
    if (classes == IDEOGRAPH).any():
        between = np.flatnonzero(wordlike[1:] & wordlike[:-1]) + 1
        cuts = np.zeros_like(bounds)
        cuts[cut_points(text.texts, cut)] = True
        bounds[between] = cuts[between]
    bounds[1:-1][letters[1:] & letters[:-1]] = False


def _inner_apostrophes(codes: Any, classes: Any) -> Any:
    found = np.isin(codes, _APOSTROPHES)
    letters = classes == LETTER
    found[1:] &= letters[:-1]
    found[:-1] &= letters[1:]
    found[:1] = found[-1:] = False
    return found


def _after_joiner(codes: Any) -> Any:
    return np.concatenate([[False], codes[:-1] == JOINER]) if len(codes) else np.zeros(0, dtype=np.bool_)


def _inside(starts: Any, ends: Any, size: int) -> Any:
    """Whether each place is strictly within one of the spans [starts, ends)."""
    long = ends - starts > 1
    depth = np.bincount(starts[long] + 1, minlength=size) - np.bincount(ends[long], minlength=size)
    return np.cumsum(depth) > 0


def _units_between(bounds: Any, classes: Any, text_bounds: Any) -> Units:
    solid = np.flatnonzero(classes != GAP)
    unit_of_solid = np.searchsorted(bounds, solid, side="right") - 1
    is_first = np.diff(unit_of_solid, prepend=-1) > 0
    is_last = np.concatenate([is_first[1:], [True]]) if len(is_first) else is_first
    kept = unit_of_solid[is_first]
    starts = bounds[kept]
    return Units(
        starts=starts,
        ends=bounds[kept + 1],
        first=solid[is_first],
        last=solid[is_last] + 1,
        texts=np.searchsorted(text_bounds, starts, side="right") - 1,
    )
