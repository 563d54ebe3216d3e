from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camlode.pipeline.attribution.receptive_fields import Window, identity, slide


@pytest.fixture(scope="session")
def distribute_to_tokens(keras: Any) -> Any:
    """`distribute_to_tokens` on arrays."""
    from camlode.pipeline.attribution.receptive_fields import distribute_to_tokens as distribute_tensors

    def run(values: Any, receptive_field: Any, mask: Any) -> tuple[Any, Any]:
        result = distribute_tensors(*(np.asarray(each, np.float32) for each in (values, receptive_field, mask)))
        return np.asarray(result.scores), np.asarray(result.padding)

    return run


def test_a_position_over_text_and_padding_gives_all_to_the_text(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0]], [[1, 1, 1]], [[0, 1, 1]])
    assert scores.tolist() == [[0, 3, 3]]
    assert padding.tolist() == [0]


def test_a_position_over_padding_alone_gives_nothing(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0, 4.0]], [[1, 1, 0], [0, 0, 1]], [[1, 1, 0]])
    assert scores.tolist() == [[3, 3, 0]]
    assert padding.tolist() == [4]


def test_a_position_that_covers_no_token_counts_as_padding(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0]], [[0, 0]], [[1, 1]])
    assert scores.tolist() == [[0, 0]]
    assert padding.tolist() == [6]


def test_a_document_that_is_not_a_number_leaves_the_others_alone(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[np.nan, 1.0], [2.0, 4.0]], [[1, 1], [0, 1]], [[1, 1], [1, 1]])
    assert scores[1].tolist() == [1, 5]
    assert padding[1] == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), length=st.integers(2, 9), before=st.booleans())
def test_nothing_is_lost_and_padding_gets_exactly_nothing(
    distribute_to_tokens: Any, data: st.DataObject, length: int, before: bool
) -> None:
    size, padding = data.draw(st.integers(1, length)), data.draw(st.sampled_from(["valid", "same", "causal"]))
    window = Window(size, data.draw(st.integers(1, 3)), 1, padding)
    receptive_field = slide(identity(length), window)
    texts = data.draw(st.integers(0, length))
    mask = np.arange(length) >= length - texts if before else np.arange(length) < texts
    values = np.array(
        data.draw(st.lists(st.floats(0, 100, width=32), min_size=len(receptive_field), max_size=len(receptive_field)))
    )
    scores, on_padding = distribute_to_tokens(values[None], receptive_field, mask[None])
    assert scores[0, ~mask].tolist() == [0] * (length - texts)
    assert scores.sum() + on_padding[0] == pytest.approx(values.sum(), rel=1e-5, abs=1e-5)
