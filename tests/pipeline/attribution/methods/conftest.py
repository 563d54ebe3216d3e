"""Networks of two or three units, to be worked out by hand."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pytest

from camlode.pipeline.importance_unit import IMPORTANCE_UNIT


class Toy(Protocol):
    """A Sequential model of `length` ids: an embedding with the vectors of `table`, then `parts`.

    A part is a layer, or a layer with its weights.
    """

    def __call__(self, table: Any, *parts: Any, length: int = 3) -> Any: ...


@pytest.fixture(scope="session")
def toy(keras: Any) -> Toy:
    def build(table: Any, *parts: Any, length: int = 3) -> Any:
        vectors = np.array(table, np.float32)
        embedding = keras.layers.Embedding(*vectors.shape, name="embedding")
        pairs = [(embedding, [vectors]), *(part if isinstance(part, tuple) else (part, None) for part in parts)]
        model = keras.Sequential([keras.Input((length,), dtype="int32"), *(layer for layer, _ in pairs)])
        for layer, weights in pairs:
            if weights is not None:
                layer.set_weights([np.array(weight, np.float32) for weight in weights])
        return model

    return build


@pytest.fixture(scope="session")
def score_document(explain: Any) -> Any:
    """Scores of one document's tokens for one label, in the method's unit; ids go up to 2 by default."""

    def run(model: Any, ids: list[int], *, label: int = 0, labels: int = 2, length: int = 3, **options: Any) -> Any:
        options = {"largest_id": 2, **options}
        return explain(model, [ids], labels=labels, requested_labels=[label], length=length, **options).token_scores(
            0, label
        )

    return run


@pytest.fixture(scope="session")
def scores() -> Any:
    """All scores of an Importances, in the method's unit."""
    return lambda importances: importances.values * IMPORTANCE_UNIT
