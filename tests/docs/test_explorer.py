"""The commands and requests of docs/explorer.md are valid."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.main import get_command

from camlode.explorer.access import ExplorerSettings
from camlode.explorer.app import create_app
from camlode.pipeline.cli import app
from camlode.sql import PatternStore

TEXT = (Path(__file__).parents[2] / "docs" / "explorer.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.replace("\\\n", " ").strip().splitlines()
]
COMMANDS = [shlex.split(line, comments=True) for line in LINES]


@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] == "camlode"], ids=" ".join)
def test_the_command_accepts_the_arguments(words):
    command = get_command(app).commands[words[1]]
    context = command.make_context(words[1], words[2:])
    assert context.params["store"].startswith("p")


@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] == "curl"], ids=" ".join)
def test_the_api_accepts_the_request(words, tmp_path):
    PatternStore(tmp_path / "patterns.db", create=True)
    client = TestClient(
        create_app(ExplorerSettings(str(tmp_path / "patterns.db"), "t")), base_url="http://127.0.0.1:8000"
    )
    body = json.loads(words[words.index("--json") + 1]) if "--json" in words else None
    headers = {"Authorization": "Bearer t"}
    answer = client.request("POST" if body else "GET", words[1], json=body, headers=headers)
    # The only error is that the store has no run.
    assert answer.status_code == 400
    assert re.search("no run is (published|current)|no run has a label", answer.json()["error"])
