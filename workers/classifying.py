"""Classifying a corpus by rules on Ray: a task for each shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import ray

from pipeline.stages.classify import classifier_of, classify_shard
from workers.reduction import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config import Corpus
    from pipeline.records import Shard
    from pipeline.stages.classify import ClassifiedShard
    from rules.classifier import RuleClassifier
    from rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class _Classifying:
    """What tasks are sent once; `key` names it, so that a process builds its automaton once."""

    key: str
    rules: RuleSet = field(compare=False)
    corpus: Corpus = field(compare=False)
    explain: bool = field(compare=False)


def classified(
    rules: RuleSet, corpus: Corpus, shards: Sequence[Shard], tasks: int, *, explain: bool
) -> Iterator[ClassifiedShard]:
    """What each shard was classified as, in their order; `tasks` can run at once.

    Raises:
        CamlodeError: what a task found wrong, such as a file that cannot be read.
    """
    shared: Any = ray.put(_Classifying(token_hex(8), rules, corpus, explain))
    return in_order(lambda shard: classify_part.remote(shared, shard), shards, tasks, tick=lambda: None)


@ray.remote
def classify_part(shared: _Classifying, shard: Shard) -> ClassifiedShard:
    """What one shard was classified as."""
    return classify_shard(shard, shared.corpus, _classifier(shared), explain=shared.explain)


@lru_cache(maxsize=1)
def _classifier(shared: _Classifying) -> RuleClassifier:
    return classifier_of(shared.rules)
