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

_REPLACEMENT = 0xFFFD
_CASED_LIMIT = 0x20000
"""From this code point on there are only ideographs, selectors and private characters, which have no case."""


def fold_case(text: str) -> str:
    """`text` as matching reads it, of the same length: letters that differ in nothing but case are one.

    Each character is folded on its own; one that folds to several, such as ß, is left alone. Half of a surrogate pair,
    which no encoded text can hold, is read as U+FFFD. Nothing else is normalised.
    """
    return "".join(map(_fold_character, text))


def fold_case_all(texts: Sequence[str]) -> list[str]:
    """`fold_case` of each of many texts, at once."""
    normal = from_code_points(case_fold_table(fold=True)[to_code_points("".join(texts))])
    return [normal[start:end] for start, end in pairwise(accumulate(map(len, texts), initial=0))]


def to_code_points(text: str) -> Codes:
    """The code point of each character of a text, which may hold halves of surrogate pairs."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def from_code_points(codes: Any) -> str:
    """The text of code points, none of which is half a surrogate pair."""
    return str(codes, "utf-32-le")


@cache
def case_fold_table(*, fold: bool) -> Codes:
    """What each code point is read as; without `fold` each letter as it is."""
    import numpy as np

    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    if fold:
        table[:_CASED_LIMIT] = [ord(_fold_character(chr(code))) for code in range(_CASED_LIMIT)]
    table[0xD800:0xE000] = _REPLACEMENT
    return table


def _fold_character(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        return chr(_REPLACEMENT)
    alone = char.casefold()
    return alone if len(alone) == 1 else char
