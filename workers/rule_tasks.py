"""Classification of a corpus by rules on Ray: one task for each shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import ray

from camlode.pipeline.rule_prediction import predict_shard
from camlode.rules.classifier import RuleClassifier
from camlode.workers.reduction import map_ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.config import Corpus
    from camlode.pipeline.records import Shard
    from camlode.pipeline.rule_prediction import ShardPredictions
    from camlode.rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class _SharedInput:
    """What all tasks share; equal by `key`, so that a process caches its automaton."""

    key: str
    rules: RuleSet = field(compare=False)
    corpus: Corpus = field(compare=False)
    explain: bool = field(compare=False)


def classify_on_ray(
    rules: RuleSet, corpus: Corpus, shards: Sequence[Shard], tasks: int, *, explain: bool
) -> Iterator[ShardPredictions]:
    """Classify each shard, at most `tasks` at a time; yields the predictions in the order of `shards`.

    Raises:
        CamlodeError: a task failed, for example because a file cannot be read.
    """
    shared: Any = ray.put(_SharedInput(token_hex(8), rules, corpus, explain))
    return map_ordered(lambda shard: classify_part.remote(shared, shard), shards, tasks, on_wait=lambda: None)


@ray.remote
def classify_part(shared: _SharedInput, shard: Shard) -> ShardPredictions:
    """Classify one shard."""
    return predict_shard(shard, shared.corpus, _build_classifier(shared), explain=shared.explain)


@lru_cache(maxsize=1)
def _build_classifier(shared: _SharedInput) -> RuleClassifier:
    return RuleClassifier.from_rule_set(shared.rules)
