"""The columns of a file against the ones that the corpus names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CorpusError
from config.names import closest_match, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.sections import Corpus


def list_columns(corpus: Corpus) -> dict[str, str]:
    """What the corpus names, by its setting: text always, id and label where they are set."""
    settings = {"corpus.text": corpus.text, "corpus.id": corpus.id, "corpus.label": corpus.label}
    return {setting: column for setting, column in settings.items() if column is not None}


def check_columns(path: str, present: Sequence[str], corpus: Corpus) -> None:
    """Checks that a file has each column that the corpus names, once.

    Raises:
        CorpusError: a column is missing, or stands there more than once.
    """
    for setting, column in list_columns(corpus).items():
        found = present.count(column)
        if found == 0:
            near = closest_match(column, present)
            raise CorpusError(
                f"{path} has no column {column!r} ({setting}); its columns are: {join_words(present) or 'none'}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        if found > 1:
            raise CorpusError(f"{path} has {found} columns named {column!r} ({setting}): rename all but one")
