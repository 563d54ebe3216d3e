"""Many texts as one run of characters, from which pieces are cut without a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Offsets = npt.NDArray[np.int64]


class JoinedText:
    """The characters of several texts, end to end.

    codes: the code point of each character. bounds [texts + 1]: where each text starts, in characters.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "".join(texts)
        self.texts = texts
        self.codes: npt.NDArray[np.uint32] = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        self.bounds: Offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        widths = 1 + (self.codes >= 0x80) + (self.codes >= 0x800) + (self.codes >= 0x10000)
        self._byte_at = np.concatenate([[0], np.cumsum(widths, dtype=np.int64)])

    def slices(self, starts: Any, ends: Any) -> pa.LargeStringArray:
        """The strings at characters [starts, ends) of the joined text."""
        lengths = ends - starts
        before = np.cumsum(lengths) - lengths
        positions = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        characters = str(self.codes[positions], "utf-32-le").encode()
        offsets = np.cumsum(np.append(0, self._byte_at[ends] - self._byte_at[starts]), dtype=np.int64)
        return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(characters))
