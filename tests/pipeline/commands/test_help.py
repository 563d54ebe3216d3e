from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any

import pytest
import typer

from camlode.pipeline.cli import app
from camlode.pipeline.commands.help import EXAMPLES, iter_commands
from camlode.pipeline.commands.options import EXIT_CODES

COMMANDS = dict(iter_commands(app))
LINES = [line for lines in EXAMPLES.values() for line in lines]


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


def test_the_main_help_lists_the_exit_codes(camlode: Any) -> None:
    printed = camlode("--help").stdout
    assert EXIT_CODES.keys() == {0, 1, 2, 3, 130}
    assert printed.endswith("".join(f"  {code:>5}  {meaning}\n" for code, meaning in EXIT_CODES.items()))
    assert "    camlode mine job.yaml --dry-run\n" in printed


def test_both_at_once_are_refused(camlode: Any) -> None:
    done = camlode("-q", "query", "-v", "gone.db")
    assert done.returncode == 2
    assert "--quiet and --verbose contradict each other: leave one out; see" in done.stderr


def test_a_bug_is_reported_with_its_traceback(two_runs: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("half-way")

    monkeypatch.setattr("camlode.sql.PatternStore.stream", broken)
    done = camlode("query", two_runs.path)
    *_, error, last = done.stderr.splitlines()
    assert (done.returncode, done.stdout, error) == (3, "", "ZeroDivisionError: half-way")
    assert last == "camlode: this is a bug in camlode: please report it with the lines above"


def test_an_interruption_ends_with_130_silently(two_runs: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("quer", "there is no command 'quer': did you mean camlode query?"),
        ("rules buld", "rules: there is no command 'buld': did you mean camlode rules build?"),
        ("upgrade p.db", "there is no command 'upgrade': did you mean camlode db upgrade?"),
        ("predict r.json", "there is no command 'predict': did you mean camlode rules predict?"),
        ("zzz", "there is no command 'zzz'; see camlode --help"),
        ("db zzz", "db: there is no command 'zzz'; see camlode db --help"),
        (
            "query p.db --lable 3",
            "query: no such option: --lable (Possible options: --label); see camlode query --help",
        ),
        ("query -x", "query: no such option: -x; see camlode query --help"),
        ("rules build p.db", "rules build: missing option '-o' / '--output'; see camlode rules build --help"),
        ("query", "query: missing argument 'STORE'; see camlode query --help"),
        ("query p.db --top", "option '--top' requires an argument; see camlode --help"),
        (
            "query p.db --format jsno",
            "query: invalid value for '--format': 'jsno' is not one of 'table', 'json', 'csv', 'jsonl'; "
            "see camlode query --help",
        ),
        (
            "query p.db --top -1",
            "query: invalid value for '--top': Input should be greater than or equal to 0; see camlode query --help",
        ),
    ],
)
def test_a_usage_error_is_one_line(run_refused: Any, line: str, told: str) -> None:
    assert run_refused(*line.split()) == told


WITH_LABELS = """
query STORE --label 数字
show STORE 电脑 --label 数字
audit STORE --label 数字
compare STORE 1 2 --label 数字
review STORE 电脑 --label 数字 --status accepted
export STORE --format csv --label 数字
"""


def test_a_mistyped_label_is_answered_with_the_nearest(two_runs: Any, run_refused: Any) -> None:
    for line in WITH_LABELS.splitlines()[1:]:
        told = run_refused(*line.replace("STORE", two_runs.path).split())
        assert "'数字'" in told, line
        assert told.endswith("did you mean '数码'?"), line


def test_a_group_without_a_command_shows_its_help(camlode: Any) -> None:
    for line in ((), ("rules",), ("db",)):
        done = camlode(*line)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Usage: {' '.join(('camlode', *line))} [OPTIONS] COMMAND")
