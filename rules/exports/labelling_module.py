"""A Python module of labelling functions, as Snorkel takes them, that depends on nothing."""

from __future__ import annotations

import keyword
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.exports.sources import ExportedPatterns

_FUNCTIONS = Path(__file__).with_name("labelling.py")
_TAKEN = ("ABSTAIN", "LABELS", "PATTERNS", "TYPE_CHECKING")


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """The functions' code, a constant for each label of the model, and a line for each pattern; none is left out.

    Texts stand in it as literals only, whatever they hold.
    """
    names = constants(patterns.labels)
    number = dict(zip(patterns.labels, names, strict=True))
    yield _FUNCTIONS.read_text(encoding="utf-8")
    yield "\n\n" + "".join(f"{name} = {place}\n" for place, name in enumerate(names))
    yield "\nLABELS = (\n" + "".join(f"    {label!r},\n" for label in patterns.labels) + ")\n"
    yield "\nPATTERNS = (\n"
    for pattern in patterns:
        yield f"    ({pattern.id!r}, {number[pattern.label]}, {pattern.fragment!r}),\n"
    options = f"fold={patterns.fold}, boundaries={patterns.boundaries}"
    yield f")\n\nlabelling_functions = [LabellingFunction(*pattern, {options}) for pattern in PATTERNS]\n"


def constants(labels: Sequence[str]) -> list[str]:
    """A name for each label, such as REC_AUTOS for rec.autos; LABEL_3 for the fourth where it makes none of its own."""
    names: list[str] = []
    for place, label in enumerate(labels):
        name = _as_python_reads(re.sub(r"\W+", "_", _as_python_reads(label)).upper())
        names.append(name if _is_free(name, names) else f"LABEL_{place}")
    return names


def _as_python_reads(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _is_free(name: str, names: Sequence[str]) -> bool:
    taken = name in names or name in _TAKEN or keyword.iskeyword(name) or re.fullmatch(r"_.*|LABEL_\d+", name)
    return name.isidentifier() and not taken
