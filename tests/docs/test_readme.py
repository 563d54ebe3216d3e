"""README.md and the short pages hold what they promise: their commands and their Python run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.docs.conftest import DOCS, JOB, blocks, commands, run_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (DOCS.parent / "README.md").read_text(encoding="utf-8")


def own_model(page: str) -> str:
    """The section about the reader's own model."""
    return page.partition("## Your own model")[2].partition("\n## ")[0]


def test_the_commands_for_ones_own_model_run(folder: Path, run: Callable[[str], str]) -> None:
    said = {command: run(command) for command in commands(own_model(PAGE))}
    assert len(said) == 9
    assert (folder / "answers.jsonl").read_text(encoding="utf-8").count("\n") == 200


def test_its_job_is_the_one_that_is_tested() -> None:
    (shown,) = blocks(own_model(PAGE), "yaml")
    tested = yaml.safe_load(JOB)
    for section, values in yaml.safe_load(shown).items():
        assert values.items() <= tested[section].items()


def test_its_python_runs(folder: Path, run: Callable[[str], str]) -> None:
    (code,) = blocks(PAGE, "python")
    (folder / "page.py").write_text(f"{code}\nprint(best.fragment[0], explanation.top(1))", encoding="utf-8")
    assert "shares" in run("python page.py")


def test_the_commands_while_it_runs_do_what_they_say(folder: Path, run: Callable[[str], str]) -> None:
    for command in commands((DOCS / "running.md").read_text(encoding="utf-8")):
        if command.startswith("camlode retry"):
            answer = run_in(folder, command.replace(" 3", " 1"))
            assert answer.returncode == 2
            assert "none of run 1's shards has failed" in answer.stderr
        else:
            run(command.replace("patterns.db 3", "patterns.db 1"))
