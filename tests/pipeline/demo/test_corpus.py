from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import rjieba

from camlode.config.errors import CorpusError
from camlode.pipeline.demo.corpus import Document, generate_documents, write_corpus
from camlode.pipeline.demo.lexicon import LEXICON

if TYPE_CHECKING:
    from pathlib import Path

LABEL_OF = {word: label for label, words in LEXICON.items() for word in words}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return list(generate_documents(3000, seed=7))


def test_a_seed_always_gives_the_same_questions():
    assert next(generate_documents(1, seed=0)) == Document(
        "question-000000", "前阵子预产期对充电器影响大吗，急！", ("数码", "育儿")
    )


def test_another_seed_gives_other_questions(documents: list[Document]):
    others = {document.text for document in generate_documents(100, seed=8)}
    assert others.isdisjoint(document.text for document in documents)


def test_more_documents_begin_with_the_same_ones(documents: list[Document]):
    assert list(generate_documents(50, seed=7)) == documents[:50]


def test_ids_are_distinct(documents: list[Document]):
    assert len({document.id for document in documents}) == 3000


def test_texts_have_12_to_60_characters(documents: list[Document]):
    assert [document.text for document in documents if not 12 <= len(document.text) <= 60] == []


def test_the_labels_are_those_of_the_words_in_the_text(documents: list[Document]):
    wrong = [
        document
        for document in documents
        if set(document.labels) != {label for word, label in LABEL_OF.items() if word in document.text}
    ]
    assert wrong == []


def test_jieba_finds_every_word_of_the_lexicon_in_every_text(documents: list[Document]):
    split = [
        (document.text, word)
        for document in documents
        for word in LABEL_OF
        if word in document.text and word not in rjieba.cut(document.text, False)
    ]
    assert split == []


def test_half_of_the_questions_have_several_labels(documents: list[Document]):
    counts = Counter(len(document.labels) for document in documents)
    assert counts.keys() == {1, 2, 3}
    assert 0.4 < (counts[2] + counts[3]) / 3000 < 0.6


def test_every_label_has_its_share(documents: list[Document]):
    counts = Counter(label for document in documents for label in document.labels)
    assert counts.keys() == LEXICON.keys()
    assert min(counts.values()) > 0.7 * max(counts.values())


def test_the_first_words_of_a_label_are_the_frequent_ones(documents: list[Document]):
    text = "".join(document.text for document in documents)
    first = sum(text.count(word) for words in LEXICON.values() for word in words[:8])
    last = sum(text.count(word) for words in LEXICON.values() for word in words[-8:])
    assert first > 1.5 * last


def test_the_corpus_is_several_files_of_json_lines(tmp_path: Path):
    paths = write_corpus(tmp_path / "corpus", 20, seed=7)
    assert [path.name for path in paths] == [f"part-00{number}.jsonl" for number in range(6)]
    assert [len(path.read_text(encoding="utf-8").splitlines()) for path in paths] == [3, 3, 4, 3, 3, 4]


def test_the_files_hold_the_generated_questions_in_order(tmp_path: Path, documents: list[Document]):
    paths = write_corpus(tmp_path, 20, seed=7)
    records = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    expected = [{"id": one.id, "text": one.text, "labels": list(one.labels)} for one in documents[:20]]
    assert records == expected


def test_fewer_documents_than_files_are_refused(tmp_path: Path):
    with pytest.raises(CorpusError, match="at least 6 documents, not 5"):
        write_corpus(tmp_path, 5, seed=0)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="cannot be written"):
        write_corpus(tmp_path / "file" / "corpus", 20, seed=0)
