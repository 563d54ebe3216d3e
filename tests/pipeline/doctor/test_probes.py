from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.doctor import probes
from camlode.pipeline.doctor.probes import ProbeResult, start_probe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What a probe of these lines answers."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run(code: str, *arguments: str) -> ProbeResult:
        (tmp_path / "probing.py").write_text(f"import os, sys, time\n{code}\n")
        return start_probe("probing", *arguments).wait()

    return run


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("""print('noise'); print('{"a": ' + sys.argv[1] + '}')""", ProbeResult({"a": 1})),
        ("raise ImportError('x needs y')", ProbeResult(None, "ImportError: x needs y")),
        ("os.abort()", ProbeResult(None, "its process was killed by SIGABRT")),
        ("sys.exit(4)", ProbeResult(None, "its process exited with code 4")),
        ("print('no JSON')", ProbeResult(None, "its process exited with code 0")),
    ],
)
def test_what_a_probe_says_or_why_it_says_nothing(run_probe: object, code: str, answer: ProbeResult) -> None:
    assert callable(run_probe)
    assert run_probe(code, "1") == answer


def test_a_probe_that_hangs_is_ended(run_probe: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "TIMEOUT_SECONDS", 0.3)
    assert callable(run_probe)
    assert run_probe("time.sleep(60)") == ProbeResult(None, "no answer within 0.3 s")


@pytest.mark.parametrize(
    ("module", "library", "argument"),
    [("camlode.pipeline.models.probe", "tensorflow", "tensorflow"), ("camlode.workers.probe", "ray", "{}")],
)
def test_a_library_that_cannot_be_imported_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, library: str, argument: str
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('libfoo.so.1 is not there')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert start_probe(module, argument).wait() == ProbeResult(None, "ImportError: libfoo.so.1 is not there")
