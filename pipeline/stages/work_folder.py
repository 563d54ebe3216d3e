"""The folder of a run: where shards' results pass from one process to another, on a disk or behind an fsspec URL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from camlode.config.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from fsspec import AbstractFileSystem


class WorkFolder(NamedTuple):
    """The folder at `address`, a path or a URL; within it one for each kind of file, "" being the folder itself."""

    address: str

    def create(self, kinds: Sequence[str]) -> None:
        """Makes the folder and one for each kind, where they are not there yet.

        Raises:
            WorkerError: they cannot be made.
        """
        system, root = self._open_filesystem()
        with self.wrap_write_errors():
            for kind in kinds:
                system.makedirs(f"{root}/{kind}", exist_ok=True)

    def write(self, kind: str, name: str, data: bytes | pa.Buffer) -> None:
        """Writes a file that is there whole or not at all, in the place of one that was there before.

        Raises:
            WorkerError: the folder is gone, or its disk is full.
        """
        system, root = self._open_filesystem()
        path = "/".join(filter(None, (root, kind, name)))
        with self.wrap_write_errors():
            if not isinstance(system, LocalFileSystem):
                system.pipe_file(path, bytes(data))  # an object store shows an object once all of it has arrived
                return
            # Its own name: a process that was taken for dead may still write the same file.
            temporary = f"{path}.{uuid4().hex}.tmp"
            try:
                with system.open(temporary, "wb") as file:
                    file.write(data)
                system.mv(temporary, path)
            except OSError:
                if system.exists(temporary):
                    system.rm_file(temporary)
                raise

    def open(self, kind: str, name: str) -> Any:
        """A file to read; an OSError where it isn't there."""
        system, root = self._open_filesystem()
        return system.open("/".join(filter(None, (root, kind, name))), "rb")

    def size(self, kind: str, name: str) -> int | None:
        """A file's size in bytes, None where it isn't there."""
        system, root = self._open_filesystem()
        try:
            return int(system.info("/".join(filter(None, (root, kind, name))))["size"])
        except FileNotFoundError:
            return None

    def remove(self, kinds: Sequence[str]) -> None:
        """Removes all files of these kinds."""
        system, root = self._open_filesystem()
        for kind in kinds:
            if system.exists(f"{root}/{kind}"):
                system.rm(f"{root}/{kind}", recursive=True)

    def _open_filesystem(self) -> tuple[AbstractFileSystem, str]:
        system, root = fsspec.core.url_to_fs(self.address)
        # A folder that another process has made must not be missed.
        system.use_listings_cache = False
        return system, root

    @contextmanager
    def wrap_write_errors(self) -> Iterator[None]:
        """Says what goes wrong in writing here as a WorkerError, which stops the run."""
        try:
            yield
        except FileNotFoundError as error:
            raise WorkerError(
                f"the work folder {self.address} is not there any more: nothing was published; start the job "
                "again, and what is missing is mined anew"
            ) from error
        except OSError as error:
            raise WorkerError(
                f"cannot write in the work folder {self.address}: {error.strerror or error}; make room or name another "
                "in run.work_folder, and start the job again: it goes on from here"
            ) from error
