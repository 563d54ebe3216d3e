from __future__ import annotations

from pathlib import Path

import pytest

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.output import format_from_suffix

ALSO = {"markdown": "md"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.md", "md"), ("a.HTML", "html"), ("a.b.markdown", "md"), ("a", None), (".md", None), ("folder.x/a", None)],
)
def test_the_format_of_a_suffix(name: str, expected: str | None) -> None:
    assert format_from_suffix(Path(name), ["html", "md"], ALSO) == expected


def test_no_file() -> None:
    assert format_from_suffix(None, ["html"], {}) is None


def test_an_unknown_suffix() -> None:
    with pytest.raises(CamlodeError) as caught:
        format_from_suffix(Path("a.doc"), ["md", "html"], ALSO)
    assert str(caught.value) == (
        "cannot tell the format of a.doc: expected one of .html, .markdown, .md; or name it with --format"
    )
