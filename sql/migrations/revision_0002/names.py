"""What the models and corpora of revision 0001, which had no names, are called in 0002."""

from __future__ import annotations

from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_MODEL_FILES = (".keras", ".h5", ".hdf5", ".pb")
_COMPRESSED = (".gz", ".zst")


def model_name(path: str) -> str:
    """The name of the model's file without its ending; that of a folder or checkpoint as it is."""
    place = PurePosixPath(path)
    return place.stem if place.suffix in _MODEL_FILES else place.name


def corpus_name(paths: Sequence[str], files: Collection[str]) -> str:
    """The name of the corpus's only file without its endings, or that of the folder that all of its `files` share.

    `paths` may be folders and have wildcards; "corpus" where they have nothing in common.
    """
    places = [_fixed_parts(path) for path in paths]
    common = [same[0] for same in takewhile(lambda parts: len({*parts}) == 1, zip(*places, strict=False))]
    if not common:
        return "corpus"
    is_folder = any(file.startswith("/".join([*common, ""])) for file in files)
    is_file = [common] == [path.split("/") for path in paths] and not is_folder
    return _stem(common[-1]) if is_file else common[-1] or "corpus"


def _fixed_parts(path: str) -> list[str]:
    """The parts of a path, or URL, up to the first with a wildcard."""
    return [*takewhile(lambda part: not any(char in part for char in "*?["), path.rstrip("/").split("/"))]


def _stem(name: str) -> str:
    place = PurePosixPath(name)
    return PurePosixPath(place.stem).stem if place.suffix in _COMPRESSED else place.stem
