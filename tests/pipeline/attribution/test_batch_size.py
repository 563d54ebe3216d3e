"""Batches that don't fit into the device's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.pipeline.attribution.batch_explainer import BatchExplanation
from camlode.pipeline.attribution.batch_size import BatchSize, pad_batch, take_first
from camlode.pipeline.attribution.batches import PaddedBatch
from camlode.pipeline.models.classifier import DeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 12
TEXTS = [np.random.default_rng(size).integers(1, 10, 1 + size % LENGTH).tolist() for size in range(21)]


class JaxRuntimeError(RuntimeError):
    """An error with the name of JAX's."""


class Limit:
    """The most documents that a model takes at once; settable, so that it can be built first."""

    def __init__(self) -> None:
        self.documents = 10_000


@pytest.fixture(scope="module")
def limit() -> Limit:
    return Limit()


@pytest.fixture(scope="module")
def limited_model(keras: Any, limit: Limit) -> Any:
    """A model with a layer that runs out of memory, when run, on batches of more documents than the limit."""
    import tensorflow as tf

    class Limited(keras.layers.Layer):  # type: ignore[misc]
        def call(self, ids: Any) -> Any:
            return tf.ensure_shape(tf.py_function(_checked, [ids], tf.int32), ids.shape)

    def _checked(ids: Any) -> Any:
        if len(ids) > limit.documents:
            # TensorFlow makes a ResourceExhaustedError of it.
            raise MemoryError(f"no memory for {len(ids)} documents")
        return ids

    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = keras.layers.Embedding(10, 4)(Limited()(ids))
    pooled = [
        keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(3, size, activation="relu")(embedded)) for size in (1, 2)
    ]
    return keras.Model(ids, keras.layers.Dense(2, activation="softmax")(keras.layers.Concatenate()(pooled)))


@pytest.fixture
def limited(limited_model: Any, limit: Limit, open_attributor: Any) -> Callable[..., Any]:
    """An attributor of the model with the limit and a batch size."""

    def build(documents: int, batch_size: int) -> Any:
        limit.documents = 10_000
        attributor = open_attributor(limited_model, 2, length=LENGTH, batch_size=batch_size)
        limit.documents = documents
        return attributor

    return build


def to_bytes(importances: Any) -> list[bytes]:
    return [np.asarray(getattr(importances, name)).tobytes() for name in ("documents", "labels", "values", "padding")]


def test_a_shard_that_does_not_fit_is_explained_as_with_half_the_batch_size(
    limited: Any, make_tokens: Any, limit: Limit
) -> None:
    expected = limited(10_000, 4).attribute(make_tokens(TEXTS), requested_labels=[0, 1])
    attributor = limited(5, 8)
    found = attributor.attribute(make_tokens(TEXTS), requested_labels=[0, 1])
    assert to_bytes(found) == to_bytes(expected)
    assert (attributor.batch_size, attributor.batches) == (4, 6)
    # Later shards keep the size.
    limit.documents = 10_000
    attributor.attribute(make_tokens(TEXTS[:8]))
    assert (attributor.batch_size, attributor.batches) == (4, 2)


def test_batches_that_ran_out_of_memory_are_counted(limited: Any, make_tokens: Any, limit: Limit) -> None:
    attributor = limited(10_000, 8)
    explain = attributor._engine.explain

    def second_fails(*arguments: Any) -> Any:
        limit.documents = 5 if attributor.batches == 1 else limit.documents
        return explain(*arguments)

    attributor._engine.explain = second_fails
    found = attributor.attribute(make_tokens(TEXTS), requested_labels=[0])
    assert (attributor.batch_size, attributor.batches) == (4, 1 + 6)
    assert found.documents.tolist() == list(range(21))


def test_predictions_are_halved_too(limited: Any, make_tokens: Any) -> None:
    expected = limited(10_000, 4).probabilities(make_tokens(TEXTS))
    attributor = limited(5, 8)
    np.testing.assert_array_equal(attributor.probabilities(make_tokens(TEXTS)), expected)
    assert attributor.batch_size == 4


def test_warming_up_halves_as_often_as_needed_on_texts_of_full_length(limited: Any) -> None:
    attributor = limited(3, 32)
    explain, masks = attributor._engine.explain, []

    def record_mask(batch: Any, labels: Any) -> Any:
        masks.append(batch.mask)
        return explain(batch, labels)

    attributor._engine.explain = record_mask
    attributor.warm_up()
    assert attributor.batch_size == 2
    assert [mask.shape for mask in masks] == [(size, LENGTH) for size in (32, 16, 8, 4, 2)]
    assert all(mask.all() for mask in masks)


def test_no_memory_while_lengths_are_probed_is_reported(
    limited_model: Any, limit: Limit, open_attributor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from camlode.pipeline.attribution import engine
    from camlode.pipeline.attribution.trimming import probe_trim

    def without_memory(*arguments: Any, **options: Any) -> Any:
        limit.documents = 4
        return probe_trim(*arguments, **options)

    limit.documents = 10_000
    monkeypatch.setattr(engine, "probe_trim", without_memory)
    with pytest.raises(DeviceMemoryError, match=r"^the device runs out of memory with 8 documents at once") as caught:
        open_attributor(limited_model, 2, length=LENGTH)
    assert "\n" not in str(caught.value)


def run_with_memory_for(documents: int, size: BatchSize, **options: int) -> list[int]:
    """The sizes with which work was called on a device with memory for some documents."""
    tried: list[int] = []

    def work() -> list[int]:
        tried.append(size.current)
        if size.current > documents:
            raise JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes.")
        return tried

    return size.run_halving(work, **options)


def test_the_size_is_halved_at_most_as_often_as_allowed() -> None:
    assert run_with_memory_for(4, BatchSize(8)) == [8, 4]
    assert run_with_memory_for(3, BatchSize(32), max_halvings=6) == [32, 16, 8, 4, 2]
    message = (
        "^the device runs out of memory with batches of 4 documents, as it did with twice as many; "
        r"set run\.batch_size to 2 or less$"
    )
    with pytest.raises(DeviceMemoryError, match=message):
        run_with_memory_for(2, BatchSize(8))


@pytest.mark.parametrize("size", [1, 2])
def test_a_single_document_cannot_be_halved(size: int) -> None:
    with pytest.raises(DeviceMemoryError, match=r"^the device runs out of memory with 1 document at once; run f"):
        run_with_memory_for(0, BatchSize(size), max_halvings=2)


def test_other_errors_are_raised_unchanged() -> None:
    size = BatchSize(8)

    def work() -> None:
        raise JaxRuntimeError("INVALID_ARGUMENT: no such thing")

    with pytest.raises(JaxRuntimeError, match="INVALID_ARGUMENT"):
        size.run_halving(work)
    assert size.current == 8


def test_batches_are_padded_to_a_power_of_two() -> None:
    mask = np.array([[True, False], [True, True], [False, True]])
    batch = pad_batch(PaddedBatch(np.arange(3), [np.array([1, 2, 3])], [np.zeros(1)], mask))
    assert batch.inputs[0].tolist() == [1, 2, 3, 3]
    assert batch.mask.tolist() == [*mask.tolist(), [False, True]]
    ranks, documents = np.arange(8).reshape(2, 4), np.arange(4)
    first = take_first(BatchExplanation(documents, documents, ranks, ranks, ranks, ranks), 3)
    assert (first.logits.tolist(), first.labels.tolist()) == ([0, 1, 2], [[0, 1, 2], [4, 5, 6]])
