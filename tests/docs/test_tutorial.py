"""docs/tutorial.md and docs/tour.ipynb hold what they promise: they run, in their order, and show what they show.

One file, so that the tutorial's model and store are made once.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from tests.docs.conftest import DOCS, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class TutorialRun(NamedTuple):
    """The folder in which the page was followed, what each command printed, and each shown output with its command."""

    folder: Path
    said: dict[str, str]
    shown: list[tuple[str, str]]


def command_lines(block: str) -> Iterator[str]:
    """The commands of a block, without what is said of them."""
    for line in block.splitlines():
        if command := re.sub(r"\s+#.*", "", line).strip():
            yield command


def save_script(folder: Path, block: str) -> None:
    """As the page asks: under the name in the script's first line."""
    name = re.match(r"# (\w+\.py)\n", block)
    assert name is not None
    (folder / name[1]).write_text(block, encoding="utf-8")


def fill_in(path: Path, block: str) -> None:
    """Lets sections of the job file say what the page says."""
    sections = yaml.safe_load(block)
    assert [*sections] == ["corpus", "model", "tokenizer"]
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | sections), encoding="utf-8")


def request_page(folder: Path, line: str) -> str:
    """Starts the explorer as the page does, but for the port; asks for its first page, and stops it by Ctrl-C."""
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
    """What a command of the page prints; it must succeed."""
    if line.startswith("camlode serve"):
        return request_page(folder, line)
    answer = run_in(folder, line)
    assert answer.returncode == 0, f"{line}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout


@pytest.fixture(scope="module")
def tutorial_run(tmp_path_factory: pytest.TempPathFactory) -> TutorialRun:
    """The page, followed from its first block to its last."""
    found = TutorialRun(tmp_path_factory.mktemp("tutorial"), {}, [])
    for language, block in FENCES:
        if language == "python":
            save_script(found.folder, block)
        elif language == "yaml":
            fill_in(found.folder / "job.yaml", block)
        elif language == "sh":
            found.said.update((line, run_line(found.folder, line)) for line in command_lines(block))
        else:
            found.shown.append(([*found.said][-1], block))
    return found


def unnumbered(text: str) -> list[str]:
    """Lines without their numbers and spaces: these hang on the processor that the model was trained on."""
    return [re.sub(r"\s+", " ", re.sub(r"\d[\d,.]*", "#", line)).strip() for line in text.splitlines()]


def test_every_step_of_the_way_is_there(tutorial_run: TutorialRun) -> None:
    commands = {
        line.removeprefix("camlode ").partition(" ")[0] for line in tutorial_run.said if line.startswith("camlode")
    }
    assert " ".join(sorted(commands)) == "audit explain export init labels mine query report review rules serve show"
    assert len(tutorial_run.shown) == 5


# A text's tokens and the rules that fire weigh what the model learned: their order may differ, so it is asked less of.
@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_the_page_shows_is_printed(tutorial_run: TutorialRun, number: int) -> None:
    command, shown = tutorial_run.shown[number]
    printed = unnumbered(tutorial_run.said[command])
    missing = [line for line in unnumbered(shown) if line not in printed]
    assert not missing, tutorial_run.said[command]


def test_the_model_takes_the_app_for_a_reason(tutorial_run: TutorialRun) -> None:
    command, shown = tutorial_run.shown[0]
    assert re.search(r"^delivery .*\n.*«\++App»", tutorial_run.said[command])
    assert shown.startswith("delivery  1.000\n«+++App»")


def test_counts_that_hang_on_the_corpus_alone_are_those_of_the_page(tutorial_run: TutorialRun) -> None:
    shown = "of the 1,167 labelled documents with it only 286 (24.5 %) are delivery"
    (audit,) = (printed for line, printed in tutorial_run.said.items() if line.startswith("camlode audit"))
    assert shown in PAGE
    assert shown in audit


def test_rules_do_better_than_the_model_that_took_a_shortcut(tutorial_run: TutorialRun) -> None:
    agreed = [line.split()[3] for line in tutorial_run.said["camlode labels patterns.db"].splitlines()[1:]]
    accuracy = re.search(
        r"^accuracy +([\d.]+)", tutorial_run.said["camlode rules evaluate rules.json held-out.jsonl"], re.M
    )
    assert accuracy is not None
    assert float(accuracy[1]) > 0.9 > 0.85 > sum(map(int, agreed)) / 2000


def test_what_was_called_spurious_is_no_rule(tutorial_run: TutorialRun) -> None:
    rules = tutorial_run.said["camlode rules show rules.json --label delivery"]
    assert len(rules.splitlines()) == 11
    assert not re.search(r"  App(: Hello)?  ", rules)


def test_answers_tell_their_rules(tutorial_run: TutorialRun) -> None:
    command, shown = tutorial_run.shown[4]
    lines = tutorial_run.said[command].splitlines()
    assert len(lines) == 3
    assert unnumbered(shown)[0] == unnumbered(lines[2])[0]


def test_what_is_taken_home_is_there(tutorial_run: TutorialRun) -> None:
    for name in ("labelling.py", "patterns.jsonl", "report.html"):
        assert (tutorial_run.folder / name).stat().st_size > 1000, name
    assert "delivery" in tutorial_run.said["camlode serve patterns.db"]


@pytest.fixture(scope="module")
def notebook_run(tutorial_run: TutorialRun, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The notebook's cells, run at a root in which `demo` is the tutorial's folder."""
    import nbformat
    from nbclient import NotebookClient

    root = tmp_path_factory.mktemp("root")
    (root / "demo").symlink_to(tutorial_run.folder)
    notebook = nbformat.read(DOCS / "tour.ipynb", as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(root)}})
    client.execute()
    return list(notebook.cells)


def find_outcome(cells: list[Any], part: str) -> dict[str, str]:
    """What the cell with `part` in its source shows, by MIME type."""
    (cell,) = (each for each in cells if each.cell_type == "code" and part in each.source)
    (last,) = (each for each in cell.outputs if each.output_type == "execute_result")
    return dict(last.data)


def test_the_tour_is_kept_without_outputs_and_tells_what_to_run_first() -> None:
    import nbformat

    notebook = nbformat.read(DOCS / "tour.ipynb", as_version=4)
    assert "`make demo`" in notebook.cells[0].source
    assert notebook.metadata.kernelspec.name == "python3"
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]


def test_the_tour_draws_an_explanation(notebook_run: list[Any]) -> None:
    assert "<" in find_outcome(notebook_run, "explanation = explain(")["text/html"]
    assert find_outcome(notebook_run, "explanation.top(3)")["text/plain"].count("TokenImportance") == 3
    assert find_outcome(notebook_run, '.sort_values("grad-cam"')["text/plain"].split()[:3] == [
        "token",
        "grad-cam",
        "integrated-gradients",
    ]


def test_the_tour_finds_the_run_that_is_there(notebook_run: list[Any]) -> None:
    assert find_outcome(notebook_run, "report = mine(job)")["text/plain"].endswith("of 2,000 documents, found: True'")
    assert "account" in find_outcome(notebook_run, "store = PatternStore")["text/plain"]


def test_the_tour_makes_rules(notebook_run: list[Any]) -> None:
    said = re.search(r"right: ([\d.]+)%", find_outcome(notebook_run, "classifier.score(")["text/plain"])
    assert said is not None
    assert float(said[1]) > 90
