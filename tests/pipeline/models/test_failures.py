from __future__ import annotations

import pytest

from pipeline.models.failures import one_line


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("just\n  this", "ValueError: just this"),
        (
            "\x1b[1m{{function_node __wrapped__}} too short\x1b[0m\n\nArguments received by call(): x",
            "ValueError: too short",
        ),
        ("cannot be deserialized. config={'a': 1}\n\nException encountered: no class", "ValueError: no class"),
        ("x" * 400, "ValueError: " + "x" * 300),
    ],
)
def test_one_line(message: str, expected: str) -> None:
    assert one_line(ValueError(message)) == expected
