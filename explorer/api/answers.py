"""How the API answers: JSON as the commands print it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from pipeline.views.tables import dump_json

ROWS_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The rows, as a list of objects by column.", "model": list[dict[str, Any]]},
    400: {"description": "What is wrong, in one line.", "model": dict[str, str]},
}
"""What answers with rows can be, as OpenAPI describes them."""

OBJECT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, by name.", "model": dict[str, Any]},
    400: ROWS_RESPONSES[400],
}


def json_response(value: object) -> Response:
    """A value as JSON."""
    return Response(dump_json(value), media_type="application/json")
