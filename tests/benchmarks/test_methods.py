"""The scripted loops compute what camlode computes; otherwise their speeds could not be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from camlode.config.attribution import MethodName

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def case() -> Any:
    from benchmarks.agreement import make_case
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=1)
    return make_case()


@pytest.mark.parametrize("method", ["score-cam", "ablation-cam"])
def test_a_loop_over_channels_agrees_with_the_method(case: Any, method: MethodName) -> None:
    from benchmarks.agreement import KERNELS, compute_importances, map_to_tokens
    from benchmarks.methods import ChannelLoops

    loops = ChannelLoops(case.model, [f"conv_{size}" for size in KERNELS])
    loop = loops.score_cam if method == "score-cam" else loops.ablation_cam
    maps = loop(case.ids[0])
    scores = map_to_tokens([each[None] for each in maps])[0]
    np.testing.assert_allclose(scores, compute_importances(case, method)[0], rtol=1e-4, atol=1e-5)
