"""Case folding for matching: the same for fragments, texts and queries, and without change of length.

`str.casefold` turns some characters into several, which would shift the offsets of all matches behind them. NumPy is
imported only where it is used: a rule file is read without it.
"""

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
"""From this code point on all characters are ideographs, selectors or private, which have no case."""


def fold_case(text: str) -> str:
    """Fold case for matching, keeping the length of `text`.

    Each character is folded by itself; one that folds to several, such as ß, stays. Half of a surrogate pair, which
    no encoded text contains, becomes U+FFFD. Nothing else is normalised.
    """
    return "".join(map(_fold_character, text))


def fold_case_all(texts: Sequence[str]) -> list[str]:
    """Fold the case of many texts at once, as `fold_case` does."""
    normal = from_code_points(case_fold_table(fold=True)[to_code_points("".join(texts))])
    return [normal[start:end] for start, end in pairwise(accumulate(map(len, texts), initial=0))]


def to_code_points(text: str) -> Codes:
    """Code points of a text, which may contain halves of surrogate pairs."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def from_code_points(codes: Any) -> str:
    """Text of code points, none of which is half of a surrogate pair."""
    return str(codes, "utf-32-le")


@cache
def case_fold_table(*, fold: bool) -> Codes:
    """Table from each code point to its folded one; without `fold` letters keep their case."""
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
