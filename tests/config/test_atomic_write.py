from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from camlode.config.atomic_write import atomic_write, temporary_path, translate_write_errors
from camlode.config.errors import CamlodeError, RulesError

if TYPE_CHECKING:
    from pathlib import Path


def read_folder(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_until_the_end_the_old_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with atomic_write(tmp_path / "a") as unfinished:
        unfinished.write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert read_folder(tmp_path) == {"a": "new"}


def test_what_fails_half_way_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyError), atomic_write(tmp_path / "a") as unfinished:
        unfinished.write_text("ne")
        raise KeyError
    assert read_folder(tmp_path) == {"a": "old"}


def test_of_a_link_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with atomic_write(tmp_path / "link") as unfinished:
        unfinished.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        with atomic_write(tmp_path / "pipe") as place:
            place.write_text("all")
        assert reader.communicate()[0] == "all"
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone/file", "gone/file cannot be written: No such file or directory"), (".", " is a folder: name a file")],
)
@pytest.mark.parametrize("error", [CamlodeError, RulesError])
def test_what_cannot_be_written_is_told_as_the_caller_wants(
    tmp_path: Path, name: str, reason: str, error: type[CamlodeError]
) -> None:
    with pytest.raises(error) as raised, atomic_write(tmp_path / name, error) as unfinished:
        unfinished.write_text("x")
    assert type(raised.value) is error
    assert str(raised.value).endswith(reason)


def test_that_a_reader_left_is_no_failure_to_write(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), translate_write_errors(tmp_path):
        raise BrokenPipeError


def test_no_two_writers_share_an_unfinished_file(tmp_path: Path) -> None:
    one, other = temporary_path(tmp_path / "a.keras"), temporary_path(tmp_path / "a.keras")
    assert one != other
    assert (one.parent, one.suffix) == (tmp_path, ".keras")
