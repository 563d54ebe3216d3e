"""Cutting joined texts into pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class Segments(NamedTuple):
    """Pieces of joined texts, in order; all arrays are [pieces].

    Characters [starts, ends) of the joined text are the piece, [first, last) the same without what does not count at
    its ends; `texts` says in which text each piece is.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]


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
