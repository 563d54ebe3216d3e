"""Probe Ray in a separate process: `python -m camlode.workers.probe RUN` prints one line of JSON.

RUN is the section `run` of a job, as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import ray

from camlode.config.errors import CamlodeError
from camlode.config.sections import Run
from camlode.workers.cluster import join_cluster


def probe(run: Run) -> dict[str, Any]:
    """Join the cluster that a job with these settings would run on; returns Ray's version and the cluster's resources.

    If that fails, "error" is the reason.
    """
    try:
        with join_cluster(run) as resources:
            cluster = ray.cluster_resources()  # type: ignore[no-untyped-call]
            return {
                "version": ray.__version__,
                "cpus": int(cluster.get("CPU", 0)),
                "gpus": cluster.get("GPU", 0.0),
                "workers": resources.workers,
            }
    except CamlodeError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    print(json.dumps(probe(Run.model_validate_json(sys.argv[1]))))
