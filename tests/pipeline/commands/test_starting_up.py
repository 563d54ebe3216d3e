"""What reading a store loads, and what happens when nobody reads on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = "tensorflow keras ray pandas sqlalchemy psycopg pyarrow numpy"
READING = """
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
"""


def test_reading_loads_nothing_heavy(two_runs: Any, program: Any, tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(
        "import sys\n"
        "from pipeline.cli import app\n"
        f"for line in {READING!r}.splitlines()[1:]:\n"
        f"    app([word.replace('STORE', {two_runs.path!r}) for word in line.split()], standalone_mode=False)\n"
        f"    print(line, sorted(set({HEAVY!r}.split()) & set(sys.modules)), file=sys.stderr)\n",
        encoding="utf-8",
    )
    done = program(f"{sys.executable} {tmp_path}/reading.py > /dev/null")
    assert done.stderr.splitlines() == [f"{line} []" for line in READING.splitlines()[1:]]


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
