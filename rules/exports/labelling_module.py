"""Labelling functions as Snorkel takes them: a Python module without dependencies.

Its first part is the source of `camlode.rules.exports.labelling`, word for word.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.rules.exports.sources import ExportedPatterns

_LABELLING_SOURCE = Path(__file__).with_name("labelling.py")
_RESERVED_NAMES = ("ABSTAIN", "LABELS", "PATTERNS", "TYPE_CHECKING")


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write the functions' code, a constant for each label of the model, and a line for every pattern.

    Texts are written as literals, never as code.
    """
    names = constant_names(patterns.labels)
    number = dict(zip(patterns.labels, names, strict=True))
    yield _LABELLING_SOURCE.read_text(encoding="utf-8")
    yield "\n\n" + "".join(f"{name} = {index}\n" for index, name in enumerate(names))
    yield "\nLABELS = (\n" + "".join(f"    {label!r},\n" for label in patterns.labels) + ")\n"
    yield "\nPATTERNS = (\n"
    for pattern in patterns:
        yield f"    ({pattern.id!r}, {number[pattern.label]}, {pattern.fragment!r}),\n"
    options = f"fold={patterns.fold}, boundaries={patterns.boundaries}"
    yield f")\n\nlabelling_functions = [LabellingFunction(*pattern, {options}) for pattern in PATTERNS]\n"


def constant_names(labels: Sequence[str]) -> list[str]:
    """A constant's name for each label: REC_AUTOS for rec.autos, or LABEL_3 if the fourth makes no valid one."""
    names: list[str] = []
    for index, label in enumerate(labels):
        name = _normalise_identifier(re.sub(r"\W+", "_", _normalise_identifier(label)).upper())
        names.append(name if _is_available(name, names) else f"LABEL_{index}")
    return names


def _normalise_identifier(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _is_available(name: str, names: Sequence[str]) -> bool:
    taken = name in names or name in _RESERVED_NAMES or keyword.iskeyword(name) or re.fullmatch(r"_.*|LABEL_\d+", name)
    return name.isidentifier() and not taken
