"""The work folder of a run, through which processes exchange results: on a disk or at an fsspec URL."""

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
    """The folder at `address`, a path or URL, with a subfolder for each kind of file; kind "" is the folder itself."""

    address: str

    def create(self, kinds: Sequence[str]) -> None:
        """Create the folder and a subfolder for each kind, where they do not exist.

        Raises:
            WorkerError: one cannot be created.
        """
        system, root = self._open_filesystem()
        with self.wrap_write_errors():
            for kind in kinds:
                system.makedirs(f"{root}/{kind}", exist_ok=True)

    def write(self, kind: str, name: str, data: bytes | pa.Buffer) -> None:
        """Write a file atomically, replacing one of the same name.

        Raises:
            WorkerError: the folder does not exist any longer, or its disk is full.
        """
        system, root = self._open_filesystem()
        path = _join(root, kind, name)
        with self.wrap_write_errors():
            if not isinstance(system, LocalFileSystem):
                system.pipe_file(path, bytes(data))  # an object store shows an object only when it is complete
                return
            # A unique name: a process that was given up may still be writing the same file.
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
        """Open a file for reading; raises an OSError where it does not exist."""
        system, root = self._open_filesystem()
        return system.open(_join(root, kind, name), "rb")

    def size(self, kind: str, name: str) -> int | None:
        """The size of a file in bytes, None where it does not exist."""
        system, root = self._open_filesystem()
        try:
            return int(system.info(_join(root, kind, name))["size"])
        except FileNotFoundError:
            return None

    def remove(self, kinds: Sequence[str]) -> None:
        """Remove all files of these kinds."""
        system, root = self._open_filesystem()
        for kind in kinds:
            if system.exists(f"{root}/{kind}"):
                system.rm(f"{root}/{kind}", recursive=True)

    def _open_filesystem(self) -> tuple[AbstractFileSystem, str]:
        system, root = fsspec.core.url_to_fs(self.address)
        # fsspec caches listings in the process; files that other processes write must be seen.
        system.use_listings_cache = False
        return system, root

    @contextmanager
    def wrap_write_errors(self) -> Iterator[None]:
        """Turn an OSError within into a WorkerError, which stops the run."""
        try:
            yield
        except FileNotFoundError as error:
            raise WorkerError(
                f"the work folder {self.address} no longer exists, so nothing was published; start the job again to "
                "mine what is missing"
            ) from error
        except OSError as error:
            raise WorkerError(
                f"cannot write to the work folder {self.address}: {error.strerror or error}; free space or set "
                "run.work_folder to another folder, then start the job again, which resumes the run"
            ) from error


def _join(*parts: str) -> str:
    return "/".join(filter(None, parts))
