"""Of each kind of model: which methods explain it, and why the others don't."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from camlode.config.attribution import MethodName
from camlode.config.errors import ModelError

NOT_LINEAR = "in this model a channel's weight differs from text to text"
SHORTER = "text-grad-cam takes a position for a token, but layer"
SEVERAL = "text-grad-cam explains one layer, model.layers gives"
PRODUCT = "multiplies two values that both depend on the text"
ATTENTION = {"lrp": PRODUCT, "deeplift": PRODUCT}
REFUSED = {
    "masked convolutions": {"cam": NOT_LINEAR},
    "flattened": {"cam": NOT_LINEAR, "text-grad-cam": SHORTER},
    "averaged branches": {"text-grad-cam": SEVERAL},
    "residual, stride, dilation": {"cam": NOT_LINEAR, "text-grad-cam": SHORTER},
    "separable": {"text-grad-cam": SHORTER},
    "two-dimensional": {"text-grad-cam": SEVERAL},
    "transformer": ATTENTION,
    "subclassed": {"text-grad-cam": SEVERAL},
    # To go through its recurrent layer once is enough: what is explained lies behind it.
    "recurrent and attention": {"text-grad-cam": SEVERAL, **ATTENTION},
}
COMPLETE = ("deeplift", "shapley")


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, methods in REFUSED.items() for method in methods]
)
def test_a_method_that_a_model_cannot_bear_says_why(name: str, method: str, get_attributor: Any) -> None:
    with pytest.raises(ModelError, match=REFUSED[name][method]) as caught:
        get_attributor(name, method=method)
    assert "\n" not in str(caught.value)


BORNE = [
    (name, method)
    for name in ("masked convolutions", "residual, stride, dilation", "transformer")
    for method in get_args(MethodName)
    if method not in REFUSED[name]
]
# Where what lies before or behind the explained layer differs, the methods on tokens alone.
BORNE += [
    (name, method)
    for name in ("flattened", "averaged branches", "two-dimensional", "separable", "subclassed")
    for method in ("grad-cam", "gradient-x-input", "lrp", "deeplift", "score-cam")
]
BORNE += [("recurrent and attention", method) for method in ("gradient-x-input", "occlusion")]


@pytest.mark.parametrize(("name", "method"), BORNE)
def test_a_method_explains_a_model(
    name: str, method: str, get_attributor: Any, get_case: Any, make_tokens: Any
) -> None:
    documents = get_case(name).documents[1:4]
    found = get_attributor(name, method=method, steps=2, samples=1).attribute(
        make_tokens(documents), requested_labels=[0, 1]
    )
    assert found.invalid.tolist() == []
    assert len(found.documents) == 6
    assert np.abs(found.values).max() > 1000
    if method in COMPLETE:
        np.testing.assert_allclose(found.residuals, 0, atol=1e-5)


@pytest.mark.parametrize("layer", ["tokens", "attention", "first", "wide", "second"])
def test_any_layer_of_a_transformer_is_explained_by_its_name(
    layer: str, get_attributor: Any, get_case: Any, make_tokens: Any
) -> None:
    documents = get_case("transformer").documents
    attributor = get_attributor("transformer", layers=(layer,), method="hirescam", sign="both")
    found = attributor.attribute(make_tokens(documents), requested_labels=[0])
    assert attributor.target_layers.names == (layer,)
    assert np.diff(found.offsets).tolist() == [len(document) for document in documents]
    assert np.abs(found.values).max() > 1000


def test_one_branch_alone(get_attributor: Any, get_case: Any, make_tokens: Any) -> None:
    tokens = make_tokens(get_case("averaged branches").documents)
    alone = [
        get_attributor("averaged branches", layers=(f"conv_{size}",)).attribute(tokens, requested_labels=[0, 1])
        for size in (1, 2, 3)
    ]
    every = get_attributor("averaged branches").attribute(tokens, requested_labels=[0, 1])
    np.testing.assert_allclose(every.values, sum(each.values for each in alone), atol=3)
    assert all(each.values.max() > 100 for each in alone)
