"""Stores with published runs, from which rules are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.sql import ModelEntry, PatternStore
from tests.factories import (
    make_label,
    make_model,
    make_pattern,
    make_run_counts,
    make_run_result,
    make_run_start,
    publish_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODEL = make_model(("tech", "food"), version="3", digest="d3")
START = make_run_start(MODEL)
COUNTS = make_run_counts(60, gold_documents=60, matched_documents=60)


@dataclass(frozen=True)
class RunPublisher:
    """A store into which runs are published."""

    store: PatternStore

    @property
    def address(self) -> str:
        return self.store.name

    def publish(
        self,
        fragments: Mapping[str, Mapping[str, Mapping[str, Any]]],
        *,
        matched: bool = True,
        documents: Mapping[str, int] | None = None,
        **facts: Any,
    ) -> int:
        """Publish a run of fragments by label in the order of their ranks, each with its changes to the defaults.

        The importance of rank r is 12 / r. `documents`: the explained documents by label, 30 by default.
        """
        patterns = [
            make_pattern(label, rank, text, matched=matched, **changes)
            for label, texts in fragments.items()
            for rank, (text, changes) in enumerate(texts.items(), start=1)
        ]
        start = replace(START, **facts)
        labels = [make_label(name, documents=(documents or {}).get(name, 30)) for name in start.model.labels]
        counts = COUNTS if matched else replace(COUNTS, gold_documents=None, matched_documents=None)
        return publish_run(self.store, start, make_run_result(patterns, labels, counts))


@pytest.fixture
def mined(sqlite_address: str) -> RunPublisher:
    """An empty store in SQLite."""
    return RunPublisher(PatternStore(sqlite_address, create=True))


@pytest.fixture
def create_mined() -> Callable[[str], RunPublisher]:
    """An empty store at an address."""
    return lambda address: RunPublisher(PatternStore(address, create=True))


@pytest.fixture
def model() -> ModelEntry:
    """The model of the runs, if nothing else is said: of one label each, tech or food."""
    return MODEL
