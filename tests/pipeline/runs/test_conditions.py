from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from camlode.config import parse_job
from camlode.config.attribution import UNSUMMABLE_METHODS
from camlode.config.errors import JobError
from camlode.pipeline.runs.start import check_method, package_versions

ROOT = Path(__file__).parents[3]
VALUES = {
    "corpus": {"paths": "c.jsonl"},
    "model": {"path": "m.keras", "labels": ["a"], "task": "multiclass"},
    "tokenizer": {"vocabulary": "v.txt"},
}


def test_versions_are_of_all_that_a_result_hangs_on() -> None:
    others = {"camlode", "keras", "ray", "numpy", "pyarrow"}
    assert package_versions(parse_job(VALUES)).keys() == {*others, "tensorflow"}
    with_jax = VALUES | {"model": VALUES["model"] | {"backend": "jax"}}
    assert package_versions(parse_job(with_jax)).keys() == {*others, "jax"}


@pytest.mark.parametrize("method", UNSUMMABLE_METHODS)
def test_scores_without_a_common_scale_are_not_mined_with(method: str) -> None:
    job = parse_job(VALUES | {"attribution": {"method": method}})
    with pytest.raises(JobError, match=rf"^attribution\.method: {method} divides each text's scores by their own"):
        check_method(job)


def test_others_are() -> None:
    check_method(parse_job(VALUES))


def test_a_rehearsal_loads_neither_ray_nor_tensorflow_before_it_needs_it() -> None:
    code = (
        "import camlode.pipeline.dry_run.dry_run, sys\nprint(sorted({'ray', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
