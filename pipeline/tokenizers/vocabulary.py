"""Vocabularies: token → id, read from the file with which the model was trained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from camlode.config.errors import TokenizerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from camlode.config import Tokenizer as TokenizerSettings

SKIP = -1
"""The id of tokens that are left out of the model's input."""

UNKNOWN_TOKENS = ("[UNK]", "<UNK>", "<unk>", "UNK")
PADDING_TOKENS = ("[PAD]", "<PAD>", "<pad>", "PAD")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Token → id, the id of unknown tokens (`SKIP` leaves them out), and the padding id."""

    ids: Mapping[str, int]
    unknown: int
    padding: int

    @property
    def largest(self) -> int:
        """The largest id that a text can have."""
        return max(*self.ids.values(), self.unknown, self.padding)


class FileVocabulary(NamedTuple):
    """The vocabulary in a tokenizer's own file: token → id, and the unknown and padding ids if it names them."""

    ids: Mapping[str, int]
    unknown: int | None
    padding: int | None


def read_vocabulary(settings: TokenizerSettings) -> Vocabulary:
    """Read the file `tokenizer.vocabulary`; raises a TokenizerError where it cannot be read or used."""
    path = Path(settings.vocabulary or "")
    ids = _read_ids(path)
    if not ids:
        raise TokenizerError(f"{path}: the vocabulary is empty; expected one token a line, or JSON")
    return Vocabulary(
        ids=ids,
        unknown=_find_unknown_id(settings.unknown, ids, path),
        padding=resolve_id(settings.padding_token or 0, ids, path, option="tokenizer.padding_token"),
    )


def _read_ids(path: Path) -> dict[str, int]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise TokenizerError(f"{path}: no such vocabulary file; set tokenizer.vocabulary") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TokenizerError(f"{path}: the vocabulary cannot be read: {error}") from error
    if path.suffix.lower() == ".json":
        return _parse_json(text, path)
    lines = text.removesuffix("\n").split("\n") if text else []
    return _number_tokens([line.removesuffix("\r") for line in lines], path)


def _parse_json(text: str, path: Path) -> dict[str, int]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TokenizerError(f"{path}: broken JSON: {error}") from error
    if isinstance(content, list) and all(isinstance(token, str) for token in content):
        return _number_tokens(content, path)
    if isinstance(content, dict) and all(type(i) is int and i >= 0 for i in content.values()):
        return content
    raise TokenizerError(f"{path}: expected a JSON list of tokens or an object of token: id, ids from 0")


def _number_tokens(tokens: Sequence[str], path: Path) -> dict[str, int]:
    ids: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if token in ids:
            raise TokenizerError(
                f"{path}: token {token!r} occurs twice, with ids {ids[token]} and {number}; remove one without "
                "changing the ids of the others"
            )
        ids[token] = number
    return ids


def _find_unknown_id(unknown: int | str | None, ids: Mapping[str, int], path: Path) -> int:
    if unknown == "skip":
        return SKIP
    if unknown is not None:
        return resolve_id(unknown, ids, path, option="tokenizer.unknown")
    for token in UNKNOWN_TOKENS:
        if token in ids:
            return ids[token]
    raise TokenizerError(
        f"{path}: none of {', '.join(UNKNOWN_TOKENS)} is in the vocabulary; set tokenizer.unknown to the id "
        "or token that the model was trained with for unknown text, or to 'skip'"
    )


def resolve_id(token: int | str, ids: Mapping[str, int], path: Path | str | None, *, option: str) -> int:
    """Resolve `option`, an id or a token, to an id; raises a TokenizerError for an unknown token."""
    if isinstance(token, int):
        return token
    if token not in ids:
        raise TokenizerError(f"{path}: {option} is {token!r}, which is not in the vocabulary; give its id")
    return ids[token]
