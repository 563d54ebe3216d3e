from __future__ import annotations

import resource
import shutil
import signal
from typing import TYPE_CHECKING
from uuid import uuid4

import fsspec
import pytest

from camlode.config.errors import WorkerError
from camlode.pipeline.stages.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["disk", "url of a disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> WorkFolder:
    """A folder with the kinds "a" and "b", each of them empty."""
    addresses = {
        "disk": str(tmp_path / "work"),
        "url of a disk": f"file://{tmp_path}/work",
        "memory": f"memory://{uuid4().hex}/work",
    }
    found = WorkFolder(addresses[request.param])
    found.create(["a", "b"])
    return found


@pytest.fixture
def on_disk(tmp_path: Path) -> WorkFolder:
    found = WorkFolder(str(tmp_path / "work"))
    found.create(["a"])
    return found


@pytest.fixture
def small_files() -> Iterator[None]:
    """The system refuses files above 4,000 bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def content(folder: WorkFolder, kind: str, name: str) -> bytes:
    with folder.open(kind, name) as file:
        return bytes(file.read())


def test_written_files_are_read_back(folder: WorkFolder) -> None:
    folder.write("a", "one", b"first")
    folder.write("b", "one", b"second")
    assert (content(folder, "a", "one"), content(folder, "b", "one")) == (b"first", b"second")


def test_a_file_of_the_folder_itself(folder: WorkFolder) -> None:
    folder.write("", "run.log", b"line")
    assert (content(folder, "", "run.log"), folder.size("", "run.log")) == (b"line", 4)


def test_a_file_replaces_one_of_the_same_name(folder: WorkFolder) -> None:
    folder.write("a", "one", b"long before")
    folder.write("a", "one", b"now")
    assert content(folder, "a", "one") == b"now"


def test_sizes_and_missing_files(folder: WorkFolder) -> None:
    folder.write("a", "one", b"12345")
    assert (folder.size("a", "one"), folder.size("b", "one")) == (5, None)
    with pytest.raises(OSError, match="one"):
        folder.open("b", "one")


def test_a_file_of_another_process_is_seen_at_once(folder: WorkFolder) -> None:
    assert folder.size("a", "one") is None
    system, root = fsspec.core.url_to_fs(folder.address)
    system.pipe_file(f"{root}/a/one", b"123")
    assert folder.size("a", "one") == 3


def test_each_kind_is_removed_by_itself(folder: WorkFolder) -> None:
    folder.write("a", "one", b"1")
    folder.write("b", "one", b"1")
    folder.remove(["a", "never made"])
    assert (folder.size("a", "one"), folder.size("b", "one")) == (None, 1)


def test_a_folder_can_be_created_twice(folder: WorkFolder) -> None:
    folder.write("a", "one", b"1")
    folder.create(["a", "b"])
    assert folder.size("a", "one") == 1


def test_a_folder_that_was_removed_stops_the_run(on_disk: WorkFolder, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "work")
    with pytest.raises(WorkerError, match=r"the work folder .*work no longer exists, so nothing was published"):
        on_disk.write("a", "one", b"1")


def test_a_full_disk_stops_the_run_and_leaves_nothing_half_written(
    on_disk: WorkFolder, tmp_path: Path, small_files: None
) -> None:
    with pytest.raises(WorkerError, match=r"cannot write to the work folder .*: File too large; free space or set"):
        on_disk.write("a", "one", bytes(100_000))
    assert [*(tmp_path / "work" / "a").iterdir()] == []


def test_a_full_disk_keeps_the_earlier_file(on_disk: WorkFolder, tmp_path: Path, small_files: None) -> None:
    on_disk.write("a", "one", b"before")
    with pytest.raises(WorkerError):
        on_disk.write("a", "one", bytes(100_000))
    assert content(on_disk, "a", "one") == b"before"


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "work").write_bytes(b"a file")
    with pytest.raises(WorkerError, match=r"cannot write to the work folder .*set run\.work_folder to another"):
        WorkFolder(str(tmp_path / "work")).create(["a"])
