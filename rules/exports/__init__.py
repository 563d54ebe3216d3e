"""Exports: patterns and rules in the formats that other tools read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeAlias

from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.exports import (
    argilla,
    csv_table,
    elasticsearch,
    grasp,
    jieba_words,
    labelling_module,
    parquet,
    spacy_patterns,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from camlode.rules.exports.sources import ExportedPatterns

    Lines: TypeAlias = "Callable[[ExportedPatterns], Iterator[str]]"


@dataclass(frozen=True, slots=True)
class TextExporter:
    """A text format.

    suffix: of its files.
    lines: yields the text in chunks of whole lines while it reads the patterns.
    by_label: whether a file holds one label only, so that several labels need a folder.
    """

    suffix: str
    lines: Lines
    by_label: bool = False


@dataclass(frozen=True, slots=True)
class BinaryExporter:
    """A binary format: the suffix of its files, and the function that writes one."""

    suffix: str
    write: Callable[[ExportedPatterns, IO[bytes]], None]


Exporter: TypeAlias = TextExporter | BinaryExporter

EXPORTERS: dict[str, Exporter] = {
    # All columns of each pattern.
    "csv": TextExporter(".csv", csv_table.lines),
    "jsonl": TextExporter(".jsonl", texts.json_lines),
    "parquet": BinaryExporter(".parquet", parquet.write),
    # Labelling functions and rules for other tools.
    "spacy": TextExporter(".jsonl", spacy_patterns.lines),
    "python": TextExporter(".py", labelling_module.lines),
    "argilla": TextExporter(".csv", argilla.lines),
    "elasticsearch": TextExporter(".ndjson", elasticsearch.lines),
    # Words alone.
    "words": TextExporter(".txt", texts.word_lines, by_label=True),
    "jieba": TextExporter(".txt", jieba_words.lines),
    "vocabulary": TextExporter(".json", texts.vocabulary_lines),
    # With documents of the corpus, so from a store only.
    "grasp": TextExporter(".json", grasp.lines),
}
"""The export formats by name."""


def get_exporter(name: str) -> Exporter:
    """Return the exporter of a format.

    Raises:
        RulesError: there is no such format.
    """
    if name not in EXPORTERS:
        raise RulesError(f"there is no format {name!r}: {did_you_mean(name, [*EXPORTERS])}")
    return EXPORTERS[name]
