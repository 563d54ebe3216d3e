"""Stores as jobs leave them, of which rules are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from camlode.sql import ModelEntry, PatternStore, RunResult
from tests.made_up import MATCHED, make_run_counts, make_run_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODEL = ModelEntry("cnn", "3", "d3", "multiclass", ("tech", "food"), (0.0, 0.0), ("conv",))
START = make_run_start(MODEL, "news")
COUNTS = make_run_counts(60, gold_documents=60, matched_documents=60)
EXAMPLES = pa.schema(
    [
        *((name, pa.string()) for name in ("label", "fragment", "kind", "document", "place", "left", "hit", "right")),
        ("position", pa.int64()),
        ("importance", pa.float64()),
    ]
)


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
        """Publishes a run of fragments by label in the order of their ranks, with what each has unlike the others.

        Of rank r the importance is 12 / r. `documents` of each label were explained, 30 if it isn't said.
        """
        patterns = [
            {"label": label, "rank": rank, "fragment": text} | _measured(text, rank, matched=matched) | changes
            for label, texts in fragments.items()
            for rank, (text, changes) in enumerate(texts.items(), start=1)
        ]
        labels = [
            {"name": name, "documents": (documents or {}).get(name, 30), "importance": 24.0}
            | dict.fromkeys(("gold_documents", "agreed_documents"))
            for name in replace(START, **facts).model.labels
        ]
        counts = COUNTS if matched else replace(COUNTS, gold_documents=None, matched_documents=None)
        result = RunResult(
            pa.Table.from_pylist(patterns), EXAMPLES.empty_table(), pa.Table.from_pylist(labels), {}, counts
        )
        run = self.store.start_run(replace(START, **facts))
        self.store.publish(run, result)
        return run


def _measured(text: str, rank: int, *, matched: bool) -> dict[str, Any]:
    sums = {"importance": 12 / rank, "mean": 3 / rank, "share": 0.5 / rank, "documents": 4, "occurrences": 5}
    form = {"normalised": text, "units": 1, "c_value": 4.0, "maximal": True}
    return sums | form | (MATCHED if matched else dict.fromkeys(MATCHED))


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
