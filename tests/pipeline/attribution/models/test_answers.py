"""Of each kind of model: what is explained is what `model.predict` says, and cutting batches changes no score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

CUT = [
    "masked convolutions",
    "recurrent and attention, masked",
    "residual, stride, dilation",
    "separable",
    "two-dimensional",
    "subclassed",
]
NEVER_CUT = ["flattened", "averaged branches", "recurrent and attention", "transformer"]


@pytest.mark.parametrize("name", [*CUT, *NEVER_CUT])
def test_what_is_explained_is_what_predict_says(name: str, subject: Any, opened: Any, tokens_of: Any) -> None:
    each, attributor = subject(name), opened(name)
    said = np.zeros((len(each.documents), each.labels), np.float32)
    found = attributor.attribute(tokens_of(each.documents), wanted=range(each.labels))
    said[found.documents, found.labels] = found.probabilities
    expected = each.predicted()
    if attributor.activation == "linear":
        expected = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    np.testing.assert_allclose(attributor.probabilities(tokens_of(each.documents)), expected, atol=1e-5)


@pytest.mark.parametrize("name", [*CUT, *NEVER_CUT])
def test_batches_are_cut_where_the_padding_changes_nothing(name: str, opened: Any) -> None:
    cutting = opened(name).cutting
    assert (cutting.margin is not None) == (name in CUT), cutting


@pytest.mark.parametrize("name", CUT)
def test_cutting_changes_no_score(name: str, subject: Any, opened: Any, tokens_of: Any) -> None:
    each = subject(name)
    tokens = tokens_of(each.documents)
    cut, whole = (opened(name, cut=cut).attribute(tokens, wanted=range(each.labels)) for cut in (True, False))
    np.testing.assert_array_equal(cut.labels, whole.labels)
    np.testing.assert_allclose(cut.values, whole.values, atol=10)
    assert np.abs(whole.values).max() > 1000
