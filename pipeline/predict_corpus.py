"""Predict a corpus with rules, in this process or on Ray."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from camlode.pipeline.rule_prediction import predict_shard
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.rules.classifier import RuleClassifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Corpus
    from camlode.pipeline.rule_prediction import ShardPredictions
    from camlode.rules.rule_set import RuleSet

SHARD_DOCUMENTS = 20_000
"""Texts of a shard, which is in memory at once."""


@contextmanager
def predict_corpus(
    rules: RuleSet, corpus: Corpus, *, explain: bool = False, on_ray: bool = False
) -> Iterator[Iterator[ShardPredictions]]:
    """Predict a corpus shard by shard, in its order; every record appears exactly once.

    Args:
        rules: the rule set.
        corpus: the corpus.
        explain: whether to add the rules that fired.
        on_ray: whether to run tasks on Ray: on the cluster of this process, that of the environment variable
            RAY_ADDRESS, or a local one that is shut down at the end.

    Raises:
        CorpusError: the corpus cannot be found or read, or lacks a column.
        WorkerError: Ray cannot be joined, or a process was lost.
    """
    shards = plan_shards(find_files(corpus.paths), corpus, SHARD_DOCUMENTS)
    if not on_ray:
        classifier = RuleClassifier.from_rule_set(rules)
        yield (predict_shard(shard, corpus, classifier, explain=explain) for shard in shards)
        return
    from camlode.config import Run
    from camlode.workers import join_cluster, rule_tasks

    with join_cluster(Run(gpus_per_worker=0)) as resources:
        yield rule_tasks.classify_on_ray(rules, corpus, shards, resources.tasks, explain=explain)
