"""docs/tutorial.md and docs/tour.ipynb run from their first block to their last, and show what they print.

One file, so that the tutorial's model and store are made once.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import nbformat
import pytest
import yaml

from tests.docs.conftest import DOCS, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class TutorialRun(NamedTuple):
    """The folder of the tutorial, the output of each command, and each shown output with its command."""

    folder: Path
    outputs: dict[str, str]
    shown: list[tuple[str, str]]


def command_lines(block: str) -> Iterator[str]:
    """The commands of a block, without comments."""
    for line in block.splitlines():
        if command := re.sub(r"\s+#.*", "", line).strip():
            yield command


def save_script(folder: Path, block: str) -> None:
    """Save a script under the name in its first line."""
    name = re.match(r"# (\w+\.py)\n", block)
    assert name is not None
    (folder / name[1]).write_text(block, encoding="utf-8")


def fill_in(path: Path, block: str) -> None:
    """Set the sections of the job file as the page does, and use one worker of the shared Ray."""
    sections = yaml.safe_load(block)
    assert [*sections] == ["corpus", "model", "tokenizer"]
    sections["run"] = {"workers": 1, "gpus_per_worker": 0}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | sections), encoding="utf-8")


def request_page(folder: Path, line: str) -> str:
    """Start the explorer as the page does, except for the port; request its first page, and stop it by Ctrl-C."""
    program, *words = line.split()
    command = [str(Path(sys.executable).parent / program), *words, "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stderr is not None
        address = process.stderr.readline().strip().rpartition(" ")[2]
        with urllib.request.urlopen(address, timeout=60) as answer:
            page = str(answer.read().decode())
        os.kill(process.pid, signal.SIGINT)
        process.wait(60)
    return page


def run_line(folder: Path, line: str) -> str:
    """Run a command of the page, which must succeed, and return its output."""
    if line.startswith("camlode serve"):
        return request_page(folder, line)
    result = run_in(folder, line)
    assert result.code == 0, f"{line}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def tutorial(ray_with_gpus: None, tmp_path_factory: pytest.TempPathFactory) -> TutorialRun:
    """The page, followed from its first block to its last."""
    # Starting it first sets the threads, which a process can do only once.
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow()
    found = TutorialRun(tmp_path_factory.mktemp("tutorial"), {}, [])
    for language, block in FENCES:
        if language == "python":
            save_script(found.folder, block)
        elif language == "yaml":
            fill_in(found.folder / "job.yaml", block)
        elif language == "sh":
            found.outputs.update((line, run_line(found.folder, line)) for line in command_lines(block))
        else:
            found.shown.append(([*found.outputs][-1], block))
    return found


def without_numbers(text: str) -> list[str]:
    """Lines without numbers and repeated spaces, because numbers depend on the processor that trained the model."""
    return [re.sub(r"\s+", " ", re.sub(r"\d[\d,.]*", "#", line)).strip() for line in text.splitlines()]


def test_every_step_is_there(tutorial: TutorialRun) -> None:
    commands = {
        line.removeprefix("camlode ").partition(" ")[0] for line in tutorial.outputs if line.startswith("camlode")
    }
    assert " ".join(sorted(commands)) == "audit explain export init labels mine query report review rules serve show"
    assert len(tutorial.shown) == 5


# The order of a text's tokens and of the rules that fire may differ, because it depends on the trained weights.
@pytest.mark.parametrize("number", [1, 2, 3])
def test_shown_output_is_printed(tutorial: TutorialRun, number: int) -> None:
    command, shown = tutorial.shown[number]
    printed = without_numbers(tutorial.outputs[command])
    missing = [line for line in without_numbers(shown) if line not in printed]
    assert not missing, tutorial.outputs[command]


def test_the_model_uses_the_app_as_evidence(tutorial: TutorialRun) -> None:
    command, shown = tutorial.shown[0]
    assert re.search(r"^delivery .*\n.*«\++App»", tutorial.outputs[command])
    assert shown.startswith("delivery  1.000\n«+++App»")


def test_counts_that_depend_on_the_corpus_alone(tutorial: TutorialRun) -> None:
    shown = "of the 1,167 labelled documents with it only 286 (24.5 %) are delivery"
    (audit,) = (printed for line, printed in tutorial.outputs.items() if line.startswith("camlode audit"))
    assert shown in PAGE
    assert shown in audit


def test_rules_are_more_accurate_than_the_model(tutorial: TutorialRun) -> None:
    agreed = [line.split()[3] for line in tutorial.outputs["camlode labels patterns.db"].splitlines()[1:]]
    evaluation = tutorial.outputs["camlode rules evaluate rules.json held-out.jsonl"]
    accuracy = re.search(r"^accuracy +([\d.]+)", evaluation, re.MULTILINE)
    assert accuracy is not None
    assert float(accuracy[1]) > 0.9 > 0.85 > sum(map(int, agreed)) / 2000


def test_a_spurious_pattern_is_no_rule(tutorial: TutorialRun) -> None:
    rules = tutorial.outputs["camlode rules show rules.json --label delivery"]
    assert len(rules.splitlines()) == 11
    assert not re.search(r"  App(: Hello)?  ", rules)


def test_predictions_list_their_rules(tutorial: TutorialRun) -> None:
    command, shown = tutorial.shown[4]
    lines = tutorial.outputs[command].splitlines()
    assert len(lines) == 3
    assert without_numbers(shown)[0] == without_numbers(lines[2])[0]


def test_exports_are_written(tutorial: TutorialRun) -> None:
    for name in ("labelling.py", "patterns.jsonl", "report.html"):
        assert (tutorial.folder / name).stat().st_size > 1000, name
    assert "delivery" in tutorial.outputs["camlode serve patterns.db"]


@pytest.fixture(scope="module")
def notebook(tutorial: TutorialRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The notebook's cells by source, with the values of their last expressions; `demo` is the tutorial's folder."""
    root = tmp_path_factory.mktemp("root")
    (root / "demo").symlink_to(tutorial.folder)
    content = nbformat.read(DOCS / "tour.ipynb", as_version=4)
    nbformat.validate(content)
    names: dict[str, Any] = {"display": lambda value: value._repr_html_()}
    with chdir(root):
        return {cell.source: run_cell(cell.source, names) for cell in content.cells if cell.cell_type == "code"}


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does; return the value of its last line if that is an expression."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "tour.ipynb", "exec"), names)
    return eval(compile(last, "tour.ipynb", "eval"), names) if last else None


def value_of(notebook: dict[str, Any], part: str) -> Any:
    """The value of the cell that contains `part`."""
    (value,) = (value for source, value in notebook.items() if part in source)
    return value


def test_the_notebook_is_stored_without_outputs() -> None:
    content = nbformat.read(DOCS / "tour.ipynb", as_version=4)
    assert "`make demo`" in content.cells[0].source
    assert content.metadata.kernelspec.name == "python3"
    assert not [cell for cell in content.cells if cell.get("outputs") or cell.get("execution_count")]


def test_the_notebook_shows_an_explanation(notebook: dict[str, Any]) -> None:
    assert "<" in value_of(notebook, "explanation = explain(")._repr_html_()
    assert str(value_of(notebook, "explanation.top(3)")).count("TokenImportance") == 3
    columns = [*value_of(notebook, '.sort_values("grad-cam"').columns]
    assert columns == ["token", "grad-cam", "integrated-gradients"]


def test_the_notebook_finds_the_run(notebook: dict[str, Any]) -> None:
    assert value_of(notebook, "report = mine(job)") is True  # already complete
    assert "account" in str(value_of(notebook, "store = PatternStore"))


def test_the_notebook_builds_rules(notebook: dict[str, Any]) -> None:
    accuracy = re.search(r"accuracy: ([\d.]+)%", value_of(notebook, "classifier.score("))
    assert accuracy is not None
    assert float(accuracy[1]) > 90
