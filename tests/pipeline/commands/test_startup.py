"""What reading a store loads, and what happens when nobody reads on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = "tensorflow keras ray pandas sqlalchemy psycopg pyarrow numpy matplotlib sklearn scipy"
READING = """
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
"""
FAST = (
    "--help",
    "query STORE",
    "query STORE --top 0 --format jsonl",
    "export STORE --format csv",
    "rules show FOLDER/rules.json",
)
MOST_SECONDS = 0.6


@pytest.fixture
def rules_file(tmp_path: Path) -> None:
    """A file rules.json in the test's folder."""
    rule = Rule("1/数码/1", "数码", "电脑", {"数码": 1.5})
    rules = RuleSet("multiclass", ("数码", "食物"), (rule,), {"数码": 0.0, "食物": 0.0})
    write_rules(rules, tmp_path / "rules.json")


@pytest.mark.usefixtures("rules_file")
def test_reading_loads_nothing_heavy(two_runs: Any, program: Any, tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(
        "import sys\n"
        "from camlode.pipeline.cli import app\n"
        f"for line in {READING!r}.splitlines()[1:]:\n"
        f"    words = line.replace('STORE', {two_runs.path!r}).replace('FOLDER', {str(tmp_path)!r})\n"
        "    app(words.split(), standalone_mode=False)\n"
        f"    print(line, sorted(set({HEAVY!r}.split()) & set(sys.modules)), file=sys.stderr)\n",
        encoding="utf-8",
    )
    done = program(f"{sys.executable} {tmp_path}/reading.py > /dev/null")
    assert done.stderr.splitlines() == [f"{line} []" for line in READING.splitlines()[1:]]


@pytest.mark.usefixtures("rules_file")
@pytest.mark.parametrize("line", FAST)
def test_reading_is_there_at_once(two_runs: Any, program: Any, tmp_path: Path, line: str) -> None:
    command = f"$camlode {line.replace('STORE', two_runs.path).replace('FOLDER', str(tmp_path))} > /dev/null"

    def seconds() -> float:
        began = time.monotonic()
        assert program(command).returncode == 0
        return time.monotonic() - began

    # The best of several: other processes share the machine.
    assert any(seconds() < MOST_SECONDS for _ in range(8))


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_reader_that_leaves_is_no_error(mined: Any, program: Any, form: str) -> None:
    # More than the pipe holds.
    mined.publish({"数码": [f"{number:04}" * 10 for number in range(1500)]})
    done = program(f"$camlode query {mined.path} --top 0 --format {form} | head -n 1 > /dev/null")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["show {} 电脑", "show {} 电脑 --format json", "compare {} 1 2"])
def test_nobody_reads(two_runs: Any, program: Any, command: str) -> None:
    done = program(f"$camlode {command.format(two_runs.path)} | true")
    assert (done.returncode, done.stderr) == (0, "")
