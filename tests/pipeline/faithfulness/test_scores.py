from __future__ import annotations

import pytest

from camlode.config.errors import JobError
from camlode.pipeline.faithfulness.scores import ALL_METHODS, select_methods


def test_slow_methods_and_presets_are_not_selected_by_default() -> None:
    left_out = {"score-cam", "shapley", "class-activate-map", "text-grad-cam"}
    assert set(select_methods(None)) == set(ALL_METHODS) - left_out


def test_the_named_ones_each_once_in_their_order() -> None:
    assert select_methods("shapley, cam,shapley") == ("shapley", "cam")


@pytest.mark.parametrize(
    ("named", "said"),
    [("cam,grad-kam", "no method 'grad-kam'; did you mean 'grad-cam'"), ("", "no method ''; expected one of: cam")],
)
def test_an_unknown_method_is_refused_with_a_suggestion(named: str, said: str) -> None:
    with pytest.raises(JobError, match=said):
        select_methods(named)
