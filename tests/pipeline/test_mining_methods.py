from __future__ import annotations

import pytest

from camlode import mine
from camlode.config import Attribution, Job, JobError
from camlode.config.attribution import UNSUMMABLE_METHODS, MethodName


@pytest.mark.parametrize("method", UNSUMMABLE_METHODS)
def test_scores_without_a_common_scale_are_refused_before_anything_runs(method: MethodName) -> None:
    job = Job.model_construct(attribution=Attribution(method=method))
    with pytest.raises(JobError, match=rf"{method} divides each text's scores by their own maximum.*; choose another"):
        mine(job)
