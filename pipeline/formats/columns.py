"""The columns of a file against the ones that the corpus names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CorpusError
from config.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.sections import Corpus


def named_columns(corpus: Corpus) -> dict[str, str]:
    """What the corpus names, by its setting: text always, id and label where they are set."""
    settings = {"corpus.text": corpus.text, "corpus.id": corpus.id, "corpus.label": corpus.label}
    return {setting: column for setting, column in settings.items() if column is not None}


def check_columns(path: str, present: Sequence[str], corpus: Corpus) -> None:
    """Checks that a file has each column that the corpus names, once.

    Raises:
        CorpusError: a column is missing, or stands there more than once.
    """
    for setting, column in named_columns(corpus).items():
        found = present.count(column)
        if found == 0:
            near = nearest(column, present)
            raise CorpusError(
                f"{path} has no column {column!r} ({setting}); its columns are: {listed(present) or 'none'}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        if found > 1:
            raise CorpusError(f"{path} has {found} columns named {column!r} ({setting}): rename all but one")
