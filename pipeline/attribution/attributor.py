"""Attribution of whole shards: batches in, each token's importance for each predicted label out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from config.attribution import Attribution
from pipeline.attribution.batches import Feeder, Padding
from pipeline.attribution.engine import SAMPLE_LENGTH, Engine
from pipeline.attribution.memory import BatchSize
from pipeline.attribution.unpacking import importances_of, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.attribution.batches import Fed
    from pipeline.attribution.cutting import Cutting
    from pipeline.attribution.decision import Decision
    from pipeline.attribution.explained import Explained
    from pipeline.attribution.methods.base import Method
    from pipeline.models.classifier import Classifier
    from pipeline.records import Importances, Tokens


class Attributor:
    """Explains batches of documents by one method, which is compiled once.

    `explained` is what the method makes its maps on, `embedding` what gives the tokens' vectors, where the method needs
    them beside that. `length`: the tokens that a text is padded to. `largest_id`: the vocabulary's. `batches` tells how
    many batches the last call of `attribute` ran, those that were given up included.
    """

    def __init__(
        self,
        classifier: Classifier,
        explained: Explained,
        decision: Decision,
        *,
        length: int,
        embedding: Explained | None = None,
        padding: Padding = Padding(0, before=False),  # noqa: B008 (immutable)
        settings: Attribution = Attribution(),  # noqa: B008 (immutable)
        batch_size: int = 256,
        largest_id: int = 1,
    ) -> None:
        self._decision = decision
        self._largest_id = largest_id
        self._size = BatchSize(batch_size)
        self._asked = Feeder(classifier, padding, length, batch_size)
        self._engine = Engine(explained, embedding, decision, settings, self._asked, largest_id)
        self.batches = 0

    @property
    def explained(self) -> Explained:
        """What the method makes its maps on."""
        return self._engine.explained

    @property
    def method(self) -> Method:
        """The method, with its settings."""
        return self._engine.method

    @property
    def activation(self) -> str:
        """What the model does last: "softmax", "sigmoid", or "linear" where it is neither."""
        return self._engine.activation

    @property
    def cutting(self) -> Cutting:
        """Whether batches are cut shorter than the model's input, and why."""
        return self._engine.cutting

    @property
    def batch_size(self) -> int:
        """How many documents go through the model at once now; less than asked for where these didn't fit."""
        return self._size.now

    def warm_up(self) -> None:
        """Explains one batch of documents as long as any, so that what takes long the first time is done.

        Where the device's memory doesn't suffice, the batch size is halved until it does. Raises DeviceMemoryError.
        """
        self._size.fitted(self._one_batch, halvings=self.batch_size.bit_length())

    def attribute(
        self, tokens: Tokens, texts: Sequence[str] | None = None, *, wanted: Sequence[int] = ()
    ) -> Importances:
        """What each token contributed to each label that the model gives its document.

        `texts` are needed by a model that takes strings; `wanted` are the numbers of the labels to explain
        whatever the model predicts. Where the device's memory doesn't suffice, all is done again with half the batch
        size, which is kept: the answer is that of a run with this size from the start. Raises DeviceMemoryError.
        """
        self.batches = 0

        def explained() -> list[Importances]:
            return [self._explained(fed, wanted) for fed in self._feeder.batches(tokens, texts, self.cutting)]

        return in_order(self._size.fitted(explained))

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> npt.NDArray[np.float32]:
        """What the model says of each document: [documents, labels]; of documents without any token too.

        Out of memory, it does as `attribute`.
        """
        found = np.zeros((len(tokens.offsets) - 1, self._decision.size), np.float32)

        def decide() -> None:
            for fed in self._feeder.batches(tokens, texts):
                _, found[fed.members] = self._engine.decide(fed.inputs)

        self._size.fitted(decide)
        return found

    @property
    def _feeder(self) -> Feeder:
        return self._asked._replace(batch_size=self.batch_size)

    def _explained(self, fed: Fed, wanted: Sequence[int]) -> Importances:
        answer = self._engine.explain(fed, wanted)
        self.batches += 1
        return importances_of(answer, fed)

    def _one_batch(self) -> None:
        length = self._asked.whole or SAMPLE_LENGTH
        self._engine.explain(self._asked.drawn(length, length, self._largest_id, count=self.batch_size), ())
