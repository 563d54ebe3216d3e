"""`camlode explain` with the toy: of 水果好吃, 水果 and 吃 speak for 食物; 电脑 and 快 speak for 数码."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOOD = "食物  0.881\n«+++水果»好«+++吃»\nfragments: 水果好吃 1.500, 水果 1.000, 好吃 0.500\n"
LEGEND = "«+++for the label» «---against it»  importances in logits, by grad-cam\n"


@pytest.fixture
def job(write_job: Callable[..., Path]) -> Path:
    return write_job([{"id": "a", "text": "水果"}])


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts bytes on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_text_on_the_line(job: Path, camlode: Any) -> None:
    done = camlode("explain", job, "水果好吃")
    assert (done.returncode, done.stdout) == (0, f"{FOOD}\n{LEGEND}")


def test_labels_that_are_asked_for(job: Path, camlode: Any) -> None:
    done = camlode("explain", job, "水果好吃", "--label", "数码", "--label", "食物")
    # The toy has no negative weights: without a character of its own, 数码 has the logit -2.
    assert [line for line in done.stdout.splitlines() if "  0." in line] == ["食物  0.881", "数码  0.119"]


@pytest.mark.parametrize("data", ["\ufeff水果好吃\n\n 电脑 \r\n".encode(), "水果好吃\n电脑".encode()])
def test_texts_a_line_in_a_file_or_on_standard_input(
    job: Path, camlode: Any, typed: Callable[[bytes], None], tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "texts.txt").write_bytes(data)
    typed(data)
    done = camlode("explain", job, "--file", tmp_path / "texts.txt")
    assert done.stdout == f"1\n{FOOD}\n2\n数码  0.881\n«+++电脑»\nfragments: 电脑 1.000\n\n{LEGEND}"
    assert camlode("explain", job).stdout == done.stdout


def test_a_file_that_is_one_text(job: Path, camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("水果\n好吃\n", encoding="utf-8")
    assert "«+++水果»\n好«+++吃»" in camlode("explain", job, "--whole", "--file", tmp_path / "text.txt").stdout


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.html", "<!doctype html>\n"),
        ("a.HTM", "<!doctype html>\n"),
        ("a.md", "# Explanations\n"),
        ("a.json", '{"text": "水果好吃"'),
        ("a.txt", "食物  0.881\n«+++水果»"),
        ("no ending", "食物  0.881\n«+++水果»"),
    ],
)
def test_the_name_of_the_output_says_its_format(
    job: Path, camlode: Any, tmp_path: Path, name: str, begins: str
) -> None:
    done = camlode("explain", job, "水果好吃", "--output", tmp_path / name)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_a_named_format_counts_more_than_the_name(job: Path, camlode: Any, tmp_path: Path) -> None:
    camlode("explain", job, "水果", "-o", tmp_path / "a.html", "--format", "md")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("# Explanations\n")


def test_json_has_a_text_a_line_and_comes_back(job: Path, camlode: Any) -> None:
    from camlode.pipeline.explanations.explanation import Explanation

    (line,) = camlode("explain", job, "水果", "--format", "json").stdout.splitlines()
    assert json.loads(line)["labels"][0]["label"] == "食物"
    assert Explanation.from_json(line).labels[0].fragments[0].text == "水果"


def test_a_picture_goes_through_a_pipe(
    job: Path, camlode: Any, typed: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.image import imread

    typed("水果".encode())
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    assert camlode("explain", job, "--format", "png").returncode == 0
    # 572 points at 150 dots an inch.
    assert imread(io.BytesIO(pipe.getvalue()), format="png").shape[1] == 572 * 150 // 72


def test_a_terminal_gets_colours_unless_it_wants_none(job: Path, camlode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[30;48;2;255;176;0m水\x1b[0m" in camlode("explain", job, "水果").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = camlode("explain", job, "水果").stdout
    assert "«+++水果»" in plain
    assert "48;2" not in plain


@pytest.mark.parametrize("form", ["terminal", "html", "md", "json"])
def test_nothing_of_a_text_is_obeyed(job: Path, camlode: Any, form: str) -> None:
    evil = "水果<script>alert(1)</script>\"'|\u202e\x1b[31m" + "好" * 3000
    done = camlode("explain", job, evil, "--format", form)
    assert done.returncode == 0
    if form != "json":
        assert not {*"\x1b\u202e"} & {*done.stdout} - ({"\u202e"} if form == "html" else set())
        assert "<script" not in done.stdout.replace("\\<", "") or form == "terminal"
    else:
        assert json.loads(done.stdout)["text"] == evil


def test_a_text_without_a_label_is_no_failure(job: Path, camlode: Any) -> None:
    assert camlode("explain", job, "和和").stdout.startswith("The model gives this text no label.\n和和\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["水果", "--format", "pdf"],
            "explain: invalid value for '--format': 'pdf' is not one of 'terminal', 'html', 'md', 'png', 'json'; "
            "see camlode explain --help",
        ),
        (
            ["水果", "-o", "a.pdf"],
            "cannot tell the format of a.pdf: expected one of .htm, .html, .json, .jsonl, .markdown, .md, .png, .txt; "
            "or name it with --format",
        ),
        (["", "--format", "html"], "the text to explain is empty or blank; give one with words in it"),
        (["\ud800", "--format", "html"], "the text to explain is not valid Unicode at character 0"),
        (["水果", "--whole"], "a text on the command line cannot be combined with --file or --whole: leave one out"),
        (["--file", "gone.txt"], "gone.txt cannot be read: No such file or directory"),
        (["--file", "."], ". cannot be read: Is a directory"),
    ],
)
def test_mistakes(job: Path, run_refused: Any, arguments: list[str], message: str) -> None:
    assert run_refused("explain", job, *arguments) == message


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_nothing_to_explain(job: Path, run_refused: Any, typed: Callable[[bytes], None], data: bytes) -> None:
    typed(data)
    assert run_refused("explain", job).startswith(
        "standard input has no text: give a text in quotation marks, --file FILE"
    )


def test_what_is_not_utf8(job: Path, run_refused: Any, typed: Callable[[bytes], None]) -> None:
    typed("水果\n".encode() + b"caf\xe9\n")
    assert run_refused("explain", job) == "standard input: line 2 is not UTF-8: expected text in UTF-8"


def test_an_output_that_cannot_be_written_leaves_what_was_there(job: Path, run_refused: Any, tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    assert (
        run_refused("explain", job, "水果", "-o", tmp_path / "a.html") == f"{tmp_path}/a.html is a folder: name a file"
    )
    gone = tmp_path / "gone" / "a.html"
    assert run_refused("explain", job, "水果", "-o", gone) == f"{gone} cannot be written: No such file or directory"
    (tmp_path / "a.png").write_text("as it was")
    (tmp_path / "many.txt").write_text("水果\n" * 21, encoding="utf-8")
    assert "a picture holds 1 to 20 texts, not 21" in run_refused(
        "explain", job, "--file", tmp_path / "many.txt", "-o", tmp_path / "a.png"
    )
    assert (tmp_path / "a.png").read_text() == "as it was"


def test_a_picture_is_not_for_a_terminal(job: Path, run_refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camlode.pipeline.commands.explain.sys.stdout.isatty", lambda: True, raising=False)
    assert run_refused("explain", job, "水果", "--format", "png") == (
        "a PNG cannot be shown on a terminal: name a file, such as --output explanation.png"
    )
