from __future__ import annotations

import pytest

from camlode.config import Corpus
from camlode.pipeline.runs import start
from camlode.sql.migrations.revision_0002.carrying import count_units
from camlode.sql.migrations.revision_0002.names import corpus_name, model_name

PATHS = [
    (["corpus/news.jsonl"], "news"),
    (["/data/news.2024.csv"], "news.2024"),
    (["news.jsonl.gz"], "news"),
    (["/data/news/*.jsonl"], "news"),
    (["/data/news/"], "news"),
    (["/data/news/a.csv", "/data/news/b.csv"], "news"),
    (["/data/train/*.csv", "/data/test/*.csv"], "data"),
    (["a.csv", "b.csv"], "corpus"),
    (["s3://bucket/news.parquet"], "news"),
]


@pytest.mark.parametrize(("paths", "name"), PATHS)
def test_a_corpus_is_called_as_new_runs_call_it(paths, name):
    assert corpus_name(paths, []) == name
    assert start.corpus_name(Corpus(paths=paths)) == name


def test_a_folder_is_known_by_the_files_in_it():
    assert corpus_name(["/data/news.v2"], ["/data/news.v2/a.csv"]) == "news.v2"
    assert corpus_name(["/data/news.v2"], ["/data/news.v2"]) == "news"


def test_a_corpus_of_unknown_paths_has_a_name():
    assert corpus_name([], ["/data/a.csv"]) == "corpus"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/srv/topics.v2.keras", "topics.v2"),
        ("topics.h5", "topics"),
        ("frozen.pb", "frozen"),
        ("/srv/saved.v1", "saved.v1"),
        ("/srv/saved/", "saved"),
        ("model.ckpt-5", "model.ckpt-5"),
    ],
)
def test_a_model_is_called_after_its_file(path, name):
    assert model_name(path) == name


@pytest.mark.parametrize(
    ("text", "words", "characters"), [("基金", 1, 2), ("A 股", 2, 2), (" it's\u3000so ", 2, 6), ("基\0金", 1, 3)]
)
def test_units_are_counted_by_spaces(text, words, characters):
    assert (count_units(text, "word"), count_units(text, "char")) == (words, characters)
