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
def test_what_is_explained_is_what_predict_says(
    name: str, get_case: Any, get_attributor: Any, make_tokens: Any
) -> None:
    each, attributor = get_case(name), get_attributor(name)
    probabilities = np.zeros((len(each.documents), each.labels), np.float32)
    found = attributor.attribute(make_tokens(each.documents), requested_labels=range(each.labels))
    probabilities[found.documents, found.labels] = found.probabilities
    expected = each.predict()
    if attributor.activation == "linear":
        expected = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(attributor.probabilities(make_tokens(each.documents)), expected, atol=1e-5)


@pytest.mark.parametrize("name", [*CUT, *NEVER_CUT])
def test_batches_are_cut_where_the_padding_changes_nothing(name: str, get_attributor: Any) -> None:
    trim = get_attributor(name).trim
    assert (trim.margin is not None) == (name in CUT), trim


@pytest.mark.parametrize("name", CUT)
def test_cutting_changes_no_score(name: str, get_case: Any, get_attributor: Any, make_tokens: Any) -> None:
    each = get_case(name)
    tokens = make_tokens(each.documents)
    cut, untrimmed = (
        get_attributor(name, cut=cut).attribute(tokens, requested_labels=range(each.labels)) for cut in (True, False)
    )
    np.testing.assert_array_equal(cut.labels, untrimmed.labels)
    np.testing.assert_allclose(cut.values, untrimmed.values, atol=10)
    assert np.abs(untrimmed.values).max() > 1000
