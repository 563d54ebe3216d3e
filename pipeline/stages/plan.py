"""The plan stage: the corpus's addresses → its files, and these → shards, before anything runs."""

from __future__ import annotations

import hashlib
import os
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.registry import FORMAT_SUFFIXES, detect_format, find_reader
from camlode.pipeline.readers.storage import wrap_read_errors
from camlode.pipeline.records import CorpusFile, Shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fsspec import AbstractFileSystem

    from camlode.config.sections import Corpus
    from camlode.pipeline.readers.base import Range


def find_files(paths: Sequence[str]) -> tuple[CorpusFile, ...]:
    """Find the files of paths, folders, globs and fsspec URLs: sorted, each once.

    Folders are searched at any depth for files with a known ending. Local files get absolute paths,
    others URLs.

    Raises:
        CorpusError: a path does not exist, or a folder or glob matches no file.
    """
    files = {file.path: file for address in paths for file in _resolve_address(address)}
    return tuple(files[path] for path in sorted(files))


def plan_shards(files: Sequence[CorpusFile], corpus: Corpus, shard_documents: int) -> tuple[Shard, ...]:
    """Cut the files into shards of about `shard_documents` records, which cover them once and in order.

    Raises:
        CorpusError: a file cannot be read, its format is unknown, it lacks a column, or all files are empty.
    """
    shards: list[Shard] = []
    for file in files:
        if file.size:
            reader = find_reader(file.path, corpus.format)
            for part in reader.split(file, corpus, shard_documents):
                shards.append(_make_shard(len(shards), file, part))
    if not shards:
        raise CorpusError(f"the corpus is empty: no record in its files ({len(files)}); check corpus.paths")
    return tuple(shards)


def _make_shard(number: int, file: CorpusFile, part: Range) -> Shard:
    # Not the file's modification time: a copy of the corpus elsewhere has another, a changed file mostly another size.
    identity = "\n".join((file.path, str(file.size), part.unit, str(part.start), str(part.stop)))
    digest = hashlib.sha256(identity.encode("utf-8")).hexdigest()[:16]
    return Shard(digest, number, file, part.unit, part.start, part.stop)


def _resolve_address(address: str) -> list[CorpusFile]:
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ValueError, ImportError) as problem:
        raise CorpusError(f"cannot open {address}: {problem}") from problem
    with wrap_read_errors(address):
        files = _list_files(system, path, address)
    return [_to_corpus_file(system, address, name, details) for name, details in files.items()]


def _list_files(system: AbstractFileSystem, path: str, address: str) -> dict[str, dict[str, Any]]:
    """Names of the files, with their details."""
    if system.isdir(path):
        if files := _list_folder(system, path):
            return files
        raise CorpusError(f"the folder {address} holds no file that ends in {', '.join(FORMAT_SUFFIXES)}")
    # Before globs, since a file's own name may hold brackets or stars.
    if system.exists(path):
        return {path: system.info(path)}
    if not has_magic(path):
        raise CorpusError(f"{address} does not exist (working folder: {Path.cwd()})")
    files = {}
    for name, details in system.glob(path, detail=True).items():
        files |= _list_folder(system, name) if details["type"] == "directory" else {name: details}
    if not files:
        raise CorpusError(f"{address} matches no file (working folder: {Path.cwd()})")
    return files


def _list_folder(system: AbstractFileSystem, folder: str) -> dict[str, dict[str, Any]]:
    files = system.find(folder, detail=True)
    return {name: details for name, details in files.items() if detect_format(name)}


def _to_corpus_file(system: AbstractFileSystem, address: str, name: str, details: dict[str, Any]) -> CorpusFile:
    if isinstance(system, LocalFileSystem):
        path = os.path.normpath(name)
    else:
        head, chain, target = address.partition("::")
        # A file in an archive keeps the address of the archive; a cached file has the address of its source.
        path = system.unstrip_protocol(name) + (chain + target if "://" in head else "")
    if details["size"] is None:
        raise CorpusError(f"the size of {path} is unknown, but planning needs it; copy the file to a disk first")
    try:
        path.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise CorpusError(f"the file name {path!r} is not UTF-8: rename the file") from problem
    return CorpusFile(path, int(details["size"]))
