"""The errors that users meet, and suggestions for misspelt names.

CamlodeError            any error that is reported in one line and without a traceback
├── JobError            the job file or an override is wrong
├── CorpusError         the corpus cannot be found or read
├── ModelError          the model cannot be loaded, or does not fit the job
├── TokenizerError      the tokenizer or its vocabulary does not fit the job
├── StoreError          the pattern store cannot be opened, read or written
├── RulesError          rules cannot be fitted, read or used
└── WorkerError         the workers cannot be started or have failed
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CamlodeError(Exception):
    """An error with a one-line message: what is wrong, what was expected, what came, what to do."""

    exit_code = 2


class JobError(CamlodeError):
    """The job file or an override is wrong."""


class CorpusError(CamlodeError):
    """The corpus cannot be found or read."""


class ModelError(CamlodeError):
    """The model cannot be loaded, or does not fit the job."""


class TokenizerError(CamlodeError):
    """The tokenizer or its vocabulary does not fit the job."""


class StoreError(CamlodeError):
    """The pattern store cannot be opened, read or written."""


class RulesError(CamlodeError):
    """Rules cannot be fitted, read or used."""


class WorkerError(CamlodeError):
    """The workers cannot be started or have failed."""

    exit_code = 3


MAX_JOINED_WORDS = 20


def join_words(names: Sequence[str]) -> str:
    """Join names by commas; beyond MAX_JOINED_WORDS only say how many more there are."""
    more = len(names) - MAX_JOINED_WORDS
    return ", ".join(names[:MAX_JOINED_WORDS]) + (f" and {more} more" if more > 0 else "")


def closest_match(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is most similar to `name`, ignoring case; None if none is similar."""
    by_folded = {each.casefold(): each for each in names}
    # A low cutoff: Chinese names often have two characters.
    return next((by_folded[each] for each in get_close_matches(name.casefold(), by_folded, 1, 0.5)), None)


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return the end of a message about an unknown name: the most similar of `names`, or all of them."""
    match = closest_match(name, names)
    return f"did you mean {match!r}?" if match is not None else f"expected one of: {join_words(names) or 'none'}"
