from __future__ import annotations

from typing import Any

import pytest

from camlode.config.errors import CorpusError
from camlode.config.sections import Corpus
from camlode.pipeline.readers.base import check_columns


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"text": "Content"},
            "f.csv has no column 'Content' (corpus.text); its columns are: id, content, tag; did you mean 'content'?",
        ),
        (
            {"text": "content", "id": "key"},
            "f.csv has no column 'key' (corpus.id); its columns are: id, content, tag",
        ),
        (
            {"text": "content", "label": "tags"},
            "f.csv has no column 'tags' (corpus.label); its columns are: id, content, tag; did you mean 'tag'?",
        ),
    ],
)
def test_a_missing_column_is_told_with_the_nearest(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        check_columns("f.csv", ["id", "content", "tag"], Corpus(paths=["f.csv"], **settings))
    assert str(caught.value) == message


def test_a_column_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"f\.csv has 2 columns named 'text'"):
        check_columns("f.csv", ["text", "text"], Corpus(paths=["f.csv"]))


def test_other_columns_may_stand_there_twice() -> None:
    check_columns("f.csv", ["text", "note", "note"], Corpus(paths=["f.csv"]))
