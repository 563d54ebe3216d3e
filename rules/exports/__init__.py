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
    """A format that is text; `lines` gives it in pieces of whole lines, as they are read.

    ending: of its files. by_label: a file holds one label, so that several labels take a folder.
    """

    suffix: str
    lines: Lines
    by_label: bool = False


@dataclass(frozen=True, slots=True)
class BinaryExporter:
    """A format that is no text."""

    suffix: str
    write: Callable[[ExportedPatterns, IO[bytes]], None]


Exporter: TypeAlias = TextExporter | BinaryExporter

EXPORTERS: dict[str, Exporter] = {
    "csv": TextExporter(".csv", csv_table.lines),
    "jsonl": TextExporter(".jsonl", texts.json_lines),
    "parquet": BinaryExporter(".parquet", parquet.write),
    "spacy": TextExporter(".jsonl", spacy_patterns.lines),
    "python": TextExporter(".py", labelling_module.lines),
    "argilla": TextExporter(".csv", argilla.lines),
    "elasticsearch": TextExporter(".ndjson", elasticsearch.lines),
    "words": TextExporter(".txt", texts.word_lines, by_label=True),
    "jieba": TextExporter(".txt", jieba_words.lines),
    "vocabulary": TextExporter(".json", texts.vocabulary_lines),
    "grasp": TextExporter(".json", grasp.lines),
}
"""What patterns can be exported as."""


def get_exporter(name: str) -> Exporter:
    """The exporter of a format.

    Raises:
        RulesError: there is no such format.
    """
    if name not in EXPORTERS:
        raise RulesError(f"there is no format {name!r}: {did_you_mean(name, [*EXPORTERS])}")
    return EXPORTERS[name]
