from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.commands.console import (
    LOGGER_NAME,
    Verbosity,
    is_quiet,
    is_verbose,
    make_console,
    set_verbosity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLOUR = re.compile(r"\x1b\[[\d;]*(?:3\d|4\d|9\d|10\d)[\d;]*m")


@pytest.fixture
def reset_verbosity() -> Iterator[Any]:
    """Sets how much is said, for one test."""
    yield set_verbosity
    set_verbosity(Verbosity.NORMAL)


def test_quiet_prints_no_messages(two_runs: Any, camlode: Any) -> None:
    for line in ("-q current STORE 1", "current -q STORE 1", "current STORE 1 --quiet", "query -q STORE --contains 鼎"):
        done = camlode(*line.replace("STORE", two_runs.path).split())
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), line


def test_quiet_keeps_results_and_errors(two_runs: Any, camlode: Any, run_refused: Any) -> None:
    assert camlode("-q", "current", two_runs.path).stdout == "2\n"
    assert "there is no pattern store at gone.db" in run_refused("-q", "query", "gone.db")


def test_messages_go_to_standard_error(two_runs: Any, camlode: Any) -> None:
    done = camlode("current", two_runs.path, "1")
    assert (done.stdout, done.stderr) == ("", f"run 1 is now the current run of {two_runs.path}\n")


def test_verbose_prints_log_records_with_the_time(two_runs: Any, camlode: Any) -> None:
    for line in ("-v query STORE --format json", "query --verbose STORE --format json"):
        done = camlode(*line.replace("STORE", two_runs.path).split())
        assert done.returncode == 0
        assert len(json.loads(done.stdout)) == 4
        told = done.stderr.splitlines()
        assert told
        assert all(re.match(r"\d\d:\d\d:\d\d camlode\.[\w.]+: ", each) for each in told)
        assert any(f"opening {two_runs.path} to read" in each for each in told)


def test_verbose_prints_tracebacks(camlode: Any) -> None:
    told = camlode("-v", "query", "gone.db").stderr.splitlines()
    assert "Traceback (most recent call last):" in told
    assert told[-1].startswith("camlode: there is no pattern store at gone.db")


def test_verbose_masks_passwords(camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("{}")
    address = "postgresql://anna:secret@127.0.0.1:1/db"
    done = camlode("-v", "mine", tmp_path / "job.yaml", "--set", f"store.url={address}", "--dry-run")
    assert done.returncode == 2
    assert "postgresql://anna:***@127.0.0.1:1/db" in done.stderr
    assert "secret" not in done.stderr
    assert "secret" not in camlode("-v", "query", address).stderr


def test_verbosity_ends_with_its_command(two_runs: Any, camlode: Any) -> None:
    for option in ("-q", "-v"):
        camlode(option, "current", two_runs.path)
        assert not is_quiet()
        assert not is_verbose()
        assert not logging.getLogger(LOGGER_NAME).handlers


def test_colours_are_left_out_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    make_console().print("[red]evidence[/red]")
    assert COLOUR.search(capsys.readouterr().out)
    monkeypatch.setenv("NO_COLOR", "1")
    make_console().print("[red]evidence[/red]")
    printed = capsys.readouterr().out
    assert "evidence" in printed
    assert not COLOUR.search(printed)


def test_a_quiet_console_is_mute_on_standard_error_alone(reset_verbosity: Any, capsys: Any) -> None:
    reset_verbosity(Verbosity.QUIET)
    make_console().print("result")
    make_console(stderr=True).print("talk")
    assert capsys.readouterr() == ("result\n", "")


READING = """
query STORE
labels STORE
runs STORE
reviews STORE
audit STORE
compare STORE 1 2
show STORE 电脑
rules list STORE
"""


def test_json_stands_alone_on_standard_output(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("电脑", "数码", "accepted")
    for line in READING.split("\n")[1:-1]:
        words = line.replace("STORE", two_runs.path).split()
        for option in ("-v", "-q"):
            done = camlode(option, *words, "--format", "json")
            json.loads(done.stdout)
            assert (done.returncode, bool(done.stderr)) == (0, option == "-v"), line
