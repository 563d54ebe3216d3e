from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from camlode.pipeline.stages.attribute import attribute
from tests.factories import encode_texts


@pytest.mark.parametrize(("takes_text", "texts"), [(True, ["手机", "好"]), (False, None)])
def test_only_a_model_that_takes_texts_is_given_them(takes_text: bool, texts: Any) -> None:
    def answer(*arguments: Any, **options: Any) -> Any:
        return arguments, options

    explainer: Any = SimpleNamespace(attributor=SimpleNamespace(attribute=answer), takes_text=takes_text)
    shard = encode_texts(["手机", "好"])
    found: Any = attribute(shard, explainer, requested_labels=[1])
    assert found == ((shard.tokens, texts), {"requested_labels": [1]})
