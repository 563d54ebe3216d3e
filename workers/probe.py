"""Tries Ray in a process of its own: `python -m camlode.workers.probe RUN` prints a line of JSON; RUN are a job's settings."""

from __future__ import annotations

import json
import sys
from typing import Any

import ray

from camlode.config.errors import CamlodeError
from camlode.config.sections import Run
from camlode.workers.cluster import join_cluster


def probe(run: Run) -> dict[str, Any]:
    """Ray's version, and what the cluster has that a job with these settings would run on; a local one is started.

    As "error", why it can't be joined, or hasn't what the settings ask for.
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
