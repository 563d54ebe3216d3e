"""What needs a separate process: which libraries a command loads, how fast it starts, pipes, and terminals."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = "tensorflow keras ray pandas sqlalchemy psycopg matplotlib sklearn scipy pyarrow numpy"
# In this order; a line that begins with + loads what is named on it.
COMMANDS = """
--help
mine --help
completion bash
query STORE
query STORE --format jsonl --top 0
query STORE --contains 电 --order weighted --status usable
labels STORE
runs STORE
current STORE
show STORE 电脑
compare STORE 1 2
compare STORE 1 2 --format markdown
reviews STORE --format json
export STORE --format csv
export STORE --format jsonl
export STORE --format python
export STORE --format argilla
export STORE --format elasticsearch
export STORE --format words
export STORE --format vocabulary
export STORE --format grasp --label 数码
export STORE --format spacy --language zh
export FOLDER/rules.json --format csv
rules list STORE --format json
rules show FOLDER/rules.json
rules show FOLDER/rules.json --label 数码 --format json
+ numpy
audit STORE
+ pyarrow
report STORE
+ pandas scipy
rules predict FOLDER/rules.json FOLDER/texts.txt --explain
"""
MAX_SECONDS = 0.6


@pytest.fixture
def rules_file(tmp_path: Path) -> None:
    """Files rules.json and texts.txt in the test's folder."""
    rule = Rule("1/数码/1", "数码", "电脑", {"数码": 1.5})
    rules = RuleSet("multiclass", ("数码", "食物"), (rule,), {"数码": 0.0, "食物": 0.0})
    write_rules(rules, tmp_path / "rules.json")
    (tmp_path / "texts.txt").write_text("电脑\n水果\n", encoding="utf-8")


@pytest.mark.usefixtures("rules_file")
def test_reading_loads_nothing_heavy(two_runs: Any, program: Any, tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(
        "import sys\n"
        "from camlode.pipeline.cli import app\n"
        f"heavy = set({HEAVY!r}.split())\n"
        f"for line in {COMMANDS!r}.splitlines()[1:]:\n"
        "    if line.startswith('+'):\n"
        "        heavy -= set(line.split())\n"
        "        continue\n"
        f"    words = line.replace('STORE', {two_runs.path!r}).replace('FOLDER', {str(tmp_path)!r})\n"
        "    app(words.split(), standalone_mode=False)\n"
        "    print('loaded:', line, sorted(heavy & set(sys.modules)), file=sys.stderr)\n",
        encoding="utf-8",
    )
    done = program(f"{sys.executable} {tmp_path}/reading.py > /dev/null")
    commands = [line for line in COMMANDS.splitlines()[1:] if not line.startswith("+")]
    loaded = [line for line in done.stderr.splitlines() if line.startswith("loaded:")]
    assert loaded == [f"loaded: {line} []" for line in commands], done.stderr


@pytest.mark.parametrize("line", ["--help", "query STORE", "export STORE --format csv"])
def test_reading_starts_at_once(two_runs: Any, program: Any, line: str) -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert program(f"$camlode {line.replace('STORE', two_runs.path)} > /dev/null").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Seconds of the CPU, and the best of several: other processes share the machine.
    assert any(seconds() < MAX_SECONDS for _ in range(5))


# By CSV's writer, by Rich, and with an exit code of its own.
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("query STORE --top 0 --format csv | head -n 1", 0),
        ("query STORE --top 0 | true", 0),
        ("audit STORE --min-share 0 --fail-on any | true", 1),
        ("--help | true", 0),
    ],
)
def test_a_reader_that_leaves_is_no_error(mined: Any, program: Any, command: str, code: int) -> None:
    # More than the pipe holds.
    mined.publish({"数码": [f"{number:04}" * 500 for number in range(100)]})
    done = program(f"$camlode {command.replace('STORE', mined.path)} > /dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, "Traceback" in done.stderr, "BrokenPipe" in done.stderr) == (code, False, False)


@pytest.mark.parametrize(
    ("answer", "code", "message", "left"),
    [("y", 0, "deleted run 1 of ", [2]), ("", 1, "run 1 was not deleted", [1, 2])],
)
def test_delete_run_asks_on_a_terminal(two_runs: Any, answer: str, code: int, message: str, left: list[int]) -> None:
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "camlode.pipeline.cli", "delete-run", two_runs.path, "1"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    os.write(mine, f"{answer}\n".encode())
    _, printed = process.communicate(timeout=60)
    os.close(mine)
    os.close(theirs)
    question = f"Delete run 1 of {two_runs.path} (complete; cnn, questions, grad-cam)? This cannot be undone. [y/N]"
    assert printed.startswith(question)
    assert message in printed
    assert process.returncode == code
    assert [row["run"] for row in two_runs.store.rows("runs")] == left


def test_the_hit_is_amber_on_a_terminal_with_color(two_runs: Any, program: Any) -> None:
    command = f"$camlode show {two_runs.path} 电脑"
    colored = program(command, FORCE_COLOR="1", COLORTERM="truecolor", TERM="xterm").stdout
    assert "买了\x1b[30;48;2;255;176;0m电脑\x1b[0m很快" in colored
    plain = program(command, FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout
    assert "买了«电脑»很快" in plain
