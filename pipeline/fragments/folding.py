"""How characters are read when a fragment is looked for: in one way in fragments, texts and questions."""

from __future__ import annotations

import sys
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    Codes = npt.NDArray[np.uint32]

_UNREADABLE = 0xFFFD
_CASED = 0x20000
"""From this code point on there are only ideographs, selectors and private characters, which have no case."""


def folded(text: str) -> str:
    """`text` as matching reads it, of the same length: letters that differ in nothing but case are one.

    Each character is folded on its own; one that folds to several, such as ß, is left alone. Half of a surrogate pair,
    which no encoded text can hold, is read as U+FFFD. Nothing else is normalised.
    """
    return "".join(map(_folded, text))


def folded_all(texts: Sequence[str]) -> list[str]:
    """`folded` of each of many texts, at once."""
    normal = text_of(reading_table(fold=True)[codes_of("".join(texts))])
    return [normal[start:end] for start, end in pairwise(accumulate(map(len, texts), initial=0))]


def codes_of(text: str) -> Codes:
    """The code point of each character of a text, which may hold halves of surrogate pairs."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def text_of(codes: Any) -> str:
    """The text of code points, none of which is half a surrogate pair."""
    return str(codes, "utf-32-le")


@cache
def reading_table(*, fold: bool) -> Codes:
    """What each code point is read as; without `fold` each letter as it is."""
    import numpy as np

    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    if fold:
        table[:_CASED] = [ord(_folded(chr(code))) for code in range(_CASED)]
    table[0xD800:0xE000] = _UNREADABLE
    return table


def _folded(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        return chr(_UNREADABLE)
    alone = char.casefold()
    return alone if len(alone) == 1 else char
