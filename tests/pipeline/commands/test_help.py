from __future__ import annotations

import json
import logging
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import typer

from camlode.pipeline.cli import app
from camlode.pipeline.commands.console import (
    LOGGER_NAME,
    Verbosity,
    is_quiet,
    is_verbose,
    make_console,
    set_verbosity,
)
from camlode.pipeline.commands.help import EXAMPLES, iter_commands
from camlode.pipeline.commands.options import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMANDS = dict(iter_commands(app))
LINES = [line for lines in EXAMPLES.values() for line in lines]
COLOUR = re.compile(r"\x1b\[[\d;]*(?:3\d|4\d|9\d|10\d)[\d;]*m")


@pytest.fixture
def reset_verbosity() -> Iterator[Any]:
    """Sets how much is said, for one test."""
    yield set_verbosity
    set_verbosity(Verbosity.NORMAL)


def shell_words(line: str) -> list[str]:
    """What the shell would hand to camlode of a line: without variables before it and redirections after it."""
    words = shlex.split(line)
    words = words[words.index("camlode") + 1 :]
    return words[: next((place for place, word in enumerate(words) if word in (">", ">>", "|")), len(words))]


def test_every_command_has_an_example_and_every_example_a_command() -> None:
    assert EXAMPLES.keys() == {"", *COMMANDS}
    assert all(EXAMPLES.values())


@pytest.mark.parametrize("line", LINES)
def test_every_example_parses(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(\w+)=(\S+) ", line):
        monkeypatch.setenv(name, value)
    command: Any = typer.main.get_command(app)
    words = shell_words(line)
    context, path = None, []
    while hasattr(command, "commands"):
        context = command.make_context(words[0] if path else "camlode", words, parent=context)
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        path.append(name)
    command.make_context(path[-1], words, parent=context)
    assert line in EXAMPLES[" ".join(path)] or line in EXAMPLES[""]


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_of_every_command_ends_with_its_examples(path: str, camlode: Any) -> None:
    done = camlode(*path.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    told = "".join(f"    {line}\n" for line in EXAMPLES[path])
    assert done.stdout.endswith(f"\n  Examples:\n{told}")
    assert "-q, --quiet" in done.stdout
    assert "-v, --verbose" in done.stdout


def test_the_help_of_a_group_has_an_example_of_each_command(camlode: Any) -> None:
    printed = camlode("rules", "--help").stdout
    for path in COMMANDS:
        assert (EXAMPLES[path][0] in printed) == path.startswith("rules ")


def test_the_help_of_all_tells_the_exit_codes(camlode: Any) -> None:
    printed = camlode("--help").stdout
    assert EXIT_CODES.keys() == {0, 1, 2, 3, 130}
    assert printed.endswith("".join(f"  {code:>5}  {meaning}\n" for code, meaning in EXIT_CODES.items()))
    assert "    camlode mine job.yaml --dry-run\n" in printed


def test_quiet_says_nothing_but_results_and_errors(two_runs: Any, camlode: Any) -> None:
    for line in ("-q current STORE 1", "current -q STORE 1", "current STORE 1 --quiet", "query -q STORE --contains 鼎"):
        done = camlode(*line.replace("STORE", two_runs.path).split())
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), line


def test_quiet_keeps_results_and_errors(two_runs: Any, camlode: Any, run_refused: Any) -> None:
    assert camlode("-q", "current", two_runs.path).stdout == "2\n"
    assert "there is no pattern store at gone.db" in run_refused("-q", "query", "gone.db")


def test_without_it_the_same_command_talks(two_runs: Any, camlode: Any) -> None:
    done = camlode("current", two_runs.path, "1")
    assert (done.stdout, done.stderr) == ("", f"run 1 is now the current run of {two_runs.path}\n")


def test_verbose_tells_what_is_done_with_the_time(two_runs: Any, camlode: Any) -> None:
    for line in ("-v query STORE --format json", "query --verbose STORE --format json"):
        done = camlode(*line.replace("STORE", two_runs.path).split())
        assert done.returncode == 0
        assert len(json.loads(done.stdout)) == 4
        told = done.stderr.splitlines()
        assert told
        assert all(re.match(r"\d\d:\d\d:\d\d camlode\.[\w.]+: ", each) for each in told)
        assert any(f"opening {two_runs.path} to read" in each for each in told)


def test_verbose_adds_where_an_error_came_from(camlode: Any) -> None:
    told = camlode("-v", "query", "gone.db").stderr.splitlines()
    assert "Traceback (most recent call last):" in told
    assert told[-1].startswith("camlode: there is no pattern store at gone.db")


def test_verbose_never_tells_a_password(camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("{}")
    address = "postgresql://anna:secret@127.0.0.1:1/db"
    done = camlode("-v", "mine", tmp_path / "job.yaml", "--set", f"store.url={address}", "--dry-run")
    assert done.returncode == 2
    assert "postgresql://anna:***@127.0.0.1:1/db" in done.stderr
    assert "secret" not in done.stderr
    assert "secret" not in camlode("-v", "query", address).stderr


def test_both_at_once_are_refused(camlode: Any) -> None:
    done = camlode("-q", "query", "-v", "gone.db")
    assert done.returncode == 2
    assert "--quiet and --verbose contradict each other: leave one out; see" in done.stderr


def test_how_loud_one_command_was_the_next_does_not_know(two_runs: Any, camlode: Any) -> None:
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


def test_a_failure_of_camlode_itself_is_told_as_such(
    two_runs: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("half-way")

    monkeypatch.setattr("camlode.sql.PatternStore.stream", broken)
    done = camlode("query", two_runs.path)
    *_, error, last = done.stderr.splitlines()
    assert (done.returncode, done.stdout, error) == (3, "", "ZeroDivisionError: half-way")
    assert last == "camlode: this is a bug in camlode: please report it with the lines above"


def test_an_interruption_ends_with_130_without_a_word(
    two_runs: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("camlode.sql.PatternStore.stream", interrupted)
    done = camlode("query", two_runs.path)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


@pytest.mark.parametrize(
    ("shell", "begins"),
    [("bash", "_camlode_completion() {"), ("zsh", "#compdef camlode"), ("fish", "complete --command")],
)
def test_the_script_for_a_shell(camlode: Any, shell: str, begins: str) -> None:
    done = camlode("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(begins)
    assert f"_CAMLODE_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("rules pr", ["predict"]),
        ("query p.db --min-d", ["--min-documents"]),
        ("query p.db --format j", ["json", "jsonl"]),
        ("qu", ["query"]),
    ],
)
def test_bash_completes(camlode: Any, monkeypatch: pytest.MonkeyPatch, typed: str, completed: list[str]) -> None:
    monkeypatch.setenv("COMP_WORDS", f"camlode {typed}")
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split())))
    monkeypatch.setenv("_CAMLODE_COMPLETE", "complete_bash")
    assert camlode().stdout.split() == completed


def test_bash_takes_the_script(camlode: Any) -> None:
    script = camlode("completion", "bash").stdout
    done = subprocess.run(["bash", "-c", f"{script}\ncomplete -p camlode"], capture_output=True, text=True, check=True)
    assert done.stdout == "complete -o default -F _camlode_completion camlode\n"
