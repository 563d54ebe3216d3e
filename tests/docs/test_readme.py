"""The commands and the Python of README.md and docs/running.md run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.docs.conftest import DOCS, JOB, blocks, commands, run_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (DOCS.parent / "README.md").read_text(encoding="utf-8")
OWN_MODEL = PAGE.partition("## Your own model")[2].partition("\n## ")[0]


def test_commands_for_an_own_model_run(folder: Path, run: Callable[[str], str]) -> None:
    assert len([run(line) for line in commands(OWN_MODEL)]) == 9
    assert (folder / "answers.jsonl").read_text(encoding="utf-8").count("\n") == 200


def test_the_job_of_the_page_is_the_tested_one() -> None:
    (shown,) = blocks(OWN_MODEL, "yaml")
    tested = yaml.safe_load(JOB)
    for section, values in yaml.safe_load(shown).items():
        assert values.items() <= tested[section].items()


def test_python_runs(folder: Path, run: Callable[[str], str]) -> None:
    (code,) = blocks(PAGE, "python")
    (folder / "page.py").write_text(f"{code}\nprint(best.fragment[0], explanation.top(1))", encoding="utf-8")
    assert "shares" in run("python page.py")


def test_commands_for_a_running_job_run(folder: Path, run: Callable[[str], str]) -> None:
    for line in commands((DOCS / "running.md").read_text(encoding="utf-8")):
        result = run_in(folder, line.replace("patterns.db 3", "patterns.db 1"))
        # The run of the folder has no failed shard, so there is nothing to retry.
        assert result.code == (2 if line.startswith("camlode retry") else 0), f"{line}\n{result.stderr}"
