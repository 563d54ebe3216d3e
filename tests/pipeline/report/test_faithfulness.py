from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from camlode.config import CamlodeError
from camlode.pipeline.report.model import read_faithfulness
from tests.pipeline.views.test_faithfulness import REPORT

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_printed_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "measured.json").write_text(json.dumps(REPORT.to_dict()), encoding="utf-8")
    assert read_faithfulness(tmp_path / "measured.json") == REPORT


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "the whole"),
        ("[]", "the whole"),
        ("{}", "results"),
        (json.dumps(REPORT.to_dict() | {"removal": "burnt"}), "removal"),
        (json.dumps(REPORT.to_dict() | {"results": [{"name": "cam"}]}), "results.0.kind"),
    ],
)
def test_what_is_something_else_is_refused(tmp_path: Path, content: str, place: str) -> None:
    (tmp_path / "measured.json").write_text(content, encoding="utf-8")
    with pytest.raises(CamlodeError, match=rf"measured\.json is no comparison of methods: {place}: .*; expected what"):
        read_faithfulness(tmp_path / "measured.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CamlodeError, match=r"gone\.json cannot be read: No such file"):
        read_faithfulness(tmp_path / "gone.json")
