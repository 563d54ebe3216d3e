"""Where the records of delimited text end: at each newline that stands in no quoted field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_RECORD_BYTES = 64 << 20
"""Most bytes of a record with several lines: a longer one has a quote that never closes, and is cut off."""


def split_quoted_records(chunks: Iterable[bytes], delimiter: str, limit: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """Records with their newlines, from blocks of whole lines; the last may lack its newline.

    A quote opens a field only where a field starts, and a doubled quote does not close one. A record over
    `limit` bytes ends with the line that takes it there. So records do not depend on the blocks they come in.
    """
    record = _compile_record_pattern(delimiter)
    buffered = b""
    for chunk in chunks:
        data, start = buffered + chunk, 0
        while start < len(data):
            found = record.match(data, start)
            end = found.end() if found else len(data)
            if end - start > limit:
                end = data.find(b"\n", start + limit) + 1 or len(data)
            elif not found:
                break
            yield data[start:end]
            start = end
        buffered = data[start:]
    if buffered:
        yield buffered


def _compile_record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """A whole record. Each part is possessive, so that a quote that stays open costs one pass."""
    plain = rf"[^{delimiter}\n]*+"
    field = rf'(?:"[^"]*+(?:""[^"]*+)*+"{plain}|(?!"){plain})'
    return re.compile(rf"{field}(?:{delimiter}{field})*+(?:\n|\Z)".encode())
