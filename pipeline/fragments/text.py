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
        self._bytes = np.frombuffer(joined.encode(), dtype=np.uint8)
        widths = 1 + (self.codes >= 0x80) + (self.codes >= 0x800) + (self.codes >= 0x10000)
        self._byte_at = np.concatenate([[0], np.cumsum(widths, dtype=np.int64)])

    def slices(self, starts: Any, ends: Any) -> pa.LargeStringArray:
        """The strings at characters [starts, ends) of the joined text."""
        first = self._byte_at[starts]
        lengths = self._byte_at[ends] - first
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], lengths)
        buffers = pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(self._bytes[places])
        return pa.LargeStringArray.from_buffers(len(lengths), *buffers)
