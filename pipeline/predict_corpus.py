"""Classifying a corpus by rules, in this process or on Ray."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from camlode.pipeline.rule_prediction import make_rule_classifier, predict_shard
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Corpus
    from camlode.pipeline.rule_prediction import ShardPredictions
    from camlode.rules.rule_set import RuleSet

SHARD_DOCUMENTS = 20_000
"""About how many texts are held at once."""


@contextmanager
def predict_corpus(
    rules: RuleSet, corpus: Corpus, *, explain: bool = False, on_ray: bool = False
) -> Iterator[Iterator[ShardPredictions]]:
    """What the texts of a corpus are classified as, part by part in its order; every record is there once.

    explain: whether the rules that fired are told. on_ray: by tasks, on the cluster that this process is in, that of
    the environment variable RAY_ADDRESS, or a local one for as long as it takes.

    Raises:
        CorpusError: the corpus cannot be found or read, or lacks a column.
        WorkerError: Ray cannot be joined, or a process was lost.
    """
    shards = plan_shards(find_files(corpus.paths), corpus, SHARD_DOCUMENTS)
    if not on_ray:
        classifier = make_rule_classifier(rules)
        yield (predict_shard(shard, corpus, classifier, explain=explain) for shard in shards)
        return
    from camlode.config import Run
    from camlode.workers import join_cluster, rule_tasks

    with join_cluster(Run(gpus_per_worker=0)) as resources:
        yield rule_tasks.classify_on_ray(rules, corpus, shards, resources.tasks, explain=explain)
