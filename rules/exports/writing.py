"""Write exports to files, atomically."""

from __future__ import annotations

import re
import shutil
from itertools import chain
from typing import IO, TYPE_CHECKING

from camlode.config.atomic_write import atomic_write, temporary_path, translate_write_errors
from camlode.config.errors import RulesError
from camlode.rules.exports import TextExporter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from camlode.rules.exports import Exporter
    from camlode.rules.exports.sources import ExportedPatterns

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^\.')


def export_text(exporter: TextExporter, patterns: ExportedPatterns) -> Iterator[str]:
    """Yield the text of an export in chunks of whole lines.

    Raises:
        RulesError: the format can express none of the patterns.
    """
    found = exporter.lines(patterns)
    first = next(found, None)
    if first is None:
        raise _nothing_exported_error(patterns)
    return chain([first], found)


def write(exporter: Exporter, patterns: ExportedPatterns, target: Path) -> None:
    """Write a file, replacing an existing one; or a new folder if the format has a file for each of several labels.

    Raises:
        RulesError: the target cannot be written, the folder is not empty, or the format can express none of the
            patterns.
    """
    if isinstance(exporter, TextExporter) and exporter.by_label and patterns.label is None:
        _write_folder(exporter, patterns, target)
        return
    with atomic_write(target, RulesError) as unfinished, unfinished.open("wb") as file:
        if isinstance(exporter, TextExporter):
            _write(export_text(exporter, patterns), file)
        else:
            exporter.write(patterns, file)


def file_name(label: str, suffix: str) -> str:
    """The name of a label's file; characters that file systems reserve are percent-encoded, as in a URL."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", label) + suffix


def _write_folder(exporter: TextExporter, patterns: ExportedPatterns, target: Path) -> None:
    with translate_write_errors(target, RulesError):
        if target.exists() and not (target.is_dir() and not any(target.iterdir())):
            raise RulesError(
                f"{target} already exists, and the lists of several labels need a separate folder: name a new one, "
                "or choose one label with --label"
            )
        unfinished = temporary_path(target)
        unfinished.mkdir()
        try:
            for label in patterns.labels:
                _write_label_file(exporter, patterns.for_label(label), unfinished / file_name(label, exporter.suffix))
            if not any(unfinished.iterdir()):
                raise _nothing_exported_error(patterns)
            unfinished.replace(target)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def _write_label_file(exporter: TextExporter, patterns: ExportedPatterns, path: Path) -> None:
    lines = exporter.lines(patterns)
    first = next(lines, None)
    if first is not None:
        with path.open("xb") as file:
            _write(chain([first], lines), file)


def _write(lines: Iterable[str], file: IO[bytes]) -> None:
    file.writelines(line.encode() for line in lines)


def _nothing_exported_error(patterns: ExportedPatterns) -> RulesError:
    return RulesError(f"this format can express none of the patterns: each holds {' or '.join(patterns.left_out)}")
