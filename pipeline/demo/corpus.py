"""The demo's corpus: Chinese questions with one to three labels each, generated from the lexicon."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import accumulate, islice
from random import Random
from typing import TYPE_CHECKING

from camlode.config.errors import CorpusError
from camlode.pipeline.demo.lexicon import (
    ASIDES,
    CLOSERS,
    DOUBLE_FRAMES,
    LEXICON,
    LINKS,
    OPENERS,
    SETTINGS,
    SINGLE_FRAMES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIN_CHARACTERS, MAX_CHARACTERS = 12, 60
"""The limits of a text's length in characters."""

FILE_COUNT = 6
"""The number of files of a written corpus."""

_LABELS = tuple(LEXICON)
_WORD_WEIGHTS = {
    label: tuple(accumulate(1 / (rank + 12) for rank in range(len(words)))) for label, words in LEXICON.items()
}


@dataclass(frozen=True, slots=True)
class Document:
    """A question and the labels whose words it contains, in the order of the lexicon."""

    id: str
    text: str
    labels: tuple[str, ...]


def generate_documents(documents: int, seed: int) -> Iterator[Document]:
    """Yield `documents` questions of 12 to 60 characters; the same seed yields the same questions."""
    random = Random(seed)  # noqa: S311 - a corpus, not a secret
    for number in range(documents):
        text, labels = _make_question(random)
        while not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
            text, labels = _make_question(random)
        yield Document(f"question-{number:06d}", text, labels)


def write_corpus(folder: Path, documents: int, seed: int) -> list[Path]:
    """Write `documents` questions as JSON Lines (part-000.jsonl, part-001.jsonl, …) and return the paths.

    Each line has the fields `id`, `text` and `labels` (a list). The folder is created if necessary.

    Raises:
        CorpusError: fewer documents than files, or the folder cannot be written.
    """
    if documents < FILE_COUNT:
        raise CorpusError(f"the demo's corpus needs at least {FILE_COUNT} documents, not {documents}: ask for more")
    questions = generate_documents(documents, seed)
    paths = [folder / f"part-{number:03d}.jsonl" for number in range(FILE_COUNT)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(paths):
            share = documents * (number + 1) // FILE_COUNT - documents * number // FILE_COUNT
            path.write_text("".join(map(_to_json_line, islice(questions, share))), encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"the demo's corpus cannot be written: {error}; choose another folder") from error
    return paths


def _to_json_line(document: Document) -> str:
    return json.dumps(asdict(document), ensure_ascii=False) + "\n"


def _make_question(random: Random) -> tuple[str, tuple[str, ...]]:
    count = random.choices((1, 2, 3), weights=(50, 35, 15))[0]
    chosen = sorted(random.sample(range(len(_LABELS)), count))
    labels = tuple(_LABELS[position] for position in chosen)
    words = [word for label in labels for word in _draw_words(random, label)]
    random.shuffle(words)
    opener = random.choice(OPENERS) if random.random() < 0.8 else ""
    setting = random.choice(SETTINGS) if random.random() < 0.8 else ""
    aside = "，" + random.choice(ASIDES) if random.random() < 0.4 else ""
    return opener + setting + _join_clauses(random, words) + aside + random.choice(CLOSERS), labels


def _draw_words(random: Random, label: str) -> list[str]:
    count = 1 if random.random() < 0.65 else 2
    drawn_words = random.choices(LEXICON[label], cum_weights=_WORD_WEIGHTS[label], k=count)
    return list(dict.fromkeys(drawn_words))


def _join_clauses(random: Random, words: list[str]) -> str:
    clauses = []
    while words:
        pair = len(words) > 1 and random.random() < 0.4
        frame = random.choice(DOUBLE_FRAMES if pair else SINGLE_FRAMES)
        clauses.append(frame.format(*(words.pop() for _ in range(1 + pair))))
        clauses.append(random.choice(LINKS))
    return "".join(clauses[:-1])
