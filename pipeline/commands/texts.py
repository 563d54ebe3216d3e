"""The texts that a command is given: on the line, in a file, or on standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from config.errors import CamlodeError

if TYPE_CHECKING:
    from pathlib import Path

INPUT_HINT = (
    'give a text in quotation marks, --file FILE, or texts on standard input, as in: echo "a text" | camlode explain'
)


def read_texts(text: str | None, file: Path | None, *, whole: bool) -> list[str]:
    """The text; or those of a file or standard input, one a line, blank lines left out; all of it as one if `whole`.

    Raises:
        CamlodeError: none is given, several ways are used at once, or the file can't be read or isn't UTF-8.
    """
    if text is not None:
        if file is not None or whole:
            raise CamlodeError("a text on the line goes without --file and --whole: leave one out")
        return [text]
    if file is None and sys.stdin.isatty():
        raise CamlodeError(f"there is no text to explain: {INPUT_HINT} JOB.yaml")
    name = "standard input" if file is None else str(file)
    content = _decode(_read_bytes(file), name)
    texts = [content.strip()] if whole else [line.strip() for line in content.split("\n")]
    found = [each for each in texts if each]
    if not found:
        raise CamlodeError(f"{name} has no text: {INPUT_HINT} JOB.yaml")
    return found


def _read_bytes(file: Path | None) -> bytes:
    if file is None:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CamlodeError(f"{file} cannot be read: {error.strerror}") from error


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CamlodeError(f"{name}: line {line} is not UTF-8: expected text in UTF-8") from error
