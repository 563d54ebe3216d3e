"""Helpers of tokenizers from other libraries: the optional import, and the tokenizer's file."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from camlode.config.errors import TokenizerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Tokenizer as TokenizerSettings


@contextmanager
def require_extra(name: str) -> Iterator[None]:
    """Turn a failed import within into a TokenizerError that names the extra to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise TokenizerError(
            f"the {name} tokenizer needs the package {error.name}, which isn't installed: pip install 'camlode[{name}]'"
        ) from error


def read_tokenizer_file(settings: TokenizerSettings) -> bytes:
    """Read the bytes of `tokenizer.path`; raises a TokenizerError where that fails."""
    path = Path(settings.path or "")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TokenizerError(f"{path}: no such tokenizer file; set tokenizer.path") from None
    except OSError as error:
        raise TokenizerError(f"{path}: the tokenizer cannot be read: {error.strerror}") from error
