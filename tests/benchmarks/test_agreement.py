from __future__ import annotations

import numpy as np
import pytest

from benchmarks import agreement
from benchmarks.agreement import KERNELS, LENGTH, ReferenceScores, format_row, is_installed, map_to_tokens


def test_a_position_is_distributed_over_the_tokens_under_its_kernel() -> None:
    maps = [np.zeros((1, LENGTH - size + 1), np.float32) for size in KERNELS]
    maps[0][0, 0], maps[1][0, -1] = 1.0, 3.0
    (scores,) = map_to_tokens(maps)
    assert np.flatnonzero(scores).tolist() == [0, 1, LENGTH - 3, LENGTH - 2, LENGTH - 1]
    assert scores[[0, 1, -3, -2, -1]] == pytest.approx([0.5, 0.5, 1.0, 1.0, 1.0])


@pytest.mark.parametrize(("difference", "agrees"), [(9e-5, True), (2e-4, False)])
def test_scores_agree_within_a_tolerance(difference: float, agrees: bool) -> None:
    other = np.array([[1.0, -2.0]])
    line, found = format_row(ReferenceScores("saliency", "Saliency", other), "captum", other + 2 * difference)
    assert (found, "| NO |" in line) == (agrees, not agrees)


def test_a_missing_library_differs_from_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks_torch(name: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    assert not is_installed("no_such_library")
    monkeypatch.setattr(agreement.importlib, "import_module", lacks_torch)
    with pytest.raises(ModuleNotFoundError, match="torch"):
        is_installed("captum")
