"""A store of two published runs, read by all tests of this folder and written by none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from camlode.sql import PatternStore
from tests.pipeline.commands.conftest import MODEL, Mined

SHARED = ("好的", "电脑")


@pytest.fixture(scope="session")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Mined:
    """Run 1 without the match pass; run 2, the current one, of a newer model and with more patterns."""
    found = Mined(str(tmp_path_factory.mktemp("reporting") / "patterns.db"))
    found.publish({"数码": ["电脑", "耳机"], "食物": ["水果"]})
    places = [
        {"label": "数码", "fragment": "电脑"},
        {"label": "数码", "fragment": "电脑", "position": 2, "document": "b"},
        {"label": "数码", "fragment": "电脑", "kind": "counter", "document": "c", "importance": None},
        {"label": "数码", "fragment": "好的", "document": "d"},
        {"label": "食物", "fragment": "好的", "document": "e"},
    ]
    newer = replace(MODEL, version="2", digest="d2")
    found.publish(
        {"数码": ["电脑", "图", "好的"], "食物": ["水果", "好的", "电脑"]}, matched=True, examples=places, model=newer
    )
    return found


@pytest.fixture
def store(mined: Mined) -> PatternStore:
    return PatternStore(mined.path)
