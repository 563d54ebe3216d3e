from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.doctor import children
from pipeline.doctor.children import Answer, start

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def answer_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What a probe of these lines answers."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run(code: str, *arguments: str) -> Answer:
        (tmp_path / "probing.py").write_text(f"import os, sys, time\n{code}\n")
        return start("probing", *arguments).answer()

    return run


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("""print('noise'); print('{"a": ' + sys.argv[1] + '}')""", Answer({"a": 1})),
        ("raise ImportError('x needs y')", Answer(None, "ImportError: x needs y")),
        ("os.abort()", Answer(None, "its process was ended by SIGABRT")),
        ("sys.exit(4)", Answer(None, "its process ended with 4")),
        ("print('no JSON')", Answer(None, "its process ended with 0")),
    ],
)
def test_what_a_probe_says_or_why_it_says_nothing(answer_of: object, code: str, answer: Answer) -> None:
    assert callable(answer_of)
    assert answer_of(code, "1") == answer


def test_a_probe_that_hangs_is_ended(answer_of: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "SECONDS", 0.3)
    assert callable(answer_of)
    assert answer_of("time.sleep(60)") == Answer(None, "no answer within 0.3 s")


@pytest.mark.parametrize(
    ("module", "library", "argument"),
    [("pipeline.models.probe", "tensorflow", "tensorflow"), ("workers.probe", "ray", "{}")],
)
def test_a_library_that_cannot_be_imported_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, library: str, argument: str
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('libfoo.so.1 is not there')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert start(module, argument).answer() == Answer(None, "ImportError: libfoo.so.1 is not there")
