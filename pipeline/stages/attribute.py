"""The attribute stage: a shard's tokens → how much each contributed to its document's labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.records import EncodedShard, Importances


def attribute(shard: EncodedShard, explainer: Explainer, *, requested_labels: Sequence[int] = ()) -> Importances:
    """Explain the shard's documents: the labels that the model predicts, or those with the numbers `requested_labels`.

    Raises:
        DeviceMemoryError: a single document does not fit into the device's memory.
    """
    # Only a model that starts with a TextVectorization layer reads the texts; all others read the tokens alone.
    texts = shard.documents["text"].to_pylist() if explainer.takes_text else None
    return explainer.attributor.attribute(shard.tokens, texts, requested_labels=requested_labels)
