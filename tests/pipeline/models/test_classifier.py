from __future__ import annotations

import pytest

from camlode.pipeline.models.classifier import is_out_of_memory, summarize_error


def make_error(name: str, message: str, base: type[Exception] = RuntimeError) -> Exception:
    error: Exception = type(name, (base,), {})(message)
    return error


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("just\n  this", "ValueError: just this"),
        (
            "\x1b[1m{{function_node __wrapped__}} too short\x1b[0m\n\nArguments received by call(): x",
            "ValueError: too short",
        ),
        ("cannot be deserialized. config={'a': 1}\n\nException encountered: no class", "ValueError: no class"),
        (
            'Graph execution error:\n\nDetected at node a/b defined at (most recent):\n  File "/a.py", line 1, '
            'in f\n\n  File "/b.py", line 2, in call\n\nindices[0,0] = 8 is not in [0, 4)\n\t [[{{node a/b}}]]',
            "ValueError: indices[0,0] = 8 is not in [0, 4) [[]]",
        ),
        ("x" * 400, "ValueError: " + "x" * 300),
    ],
)
def test_one_line(message: str, expected: str) -> None:
    assert summarize_error(ValueError(message)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (make_error("ResourceExhaustedError", "OOM when allocating tensor"), True),
        (make_error("Derived", "OOM", type("ResourceExhaustedError", (Exception,), {})), True),
        (make_error("JaxRuntimeError", "RESOURCE_EXHAUSTED: Out of memory"), True),
        (make_error("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory"), True),
        (make_error("XlaRuntimeError", "INTERNAL: Failed"), False),
        (ValueError("RESOURCE_EXHAUSTED"), False),
        (MemoryError("the host's"), False),
    ],
)
def test_is_out_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
