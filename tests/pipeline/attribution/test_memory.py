"""Batches that the device's memory does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.pipeline.attribution.memory import BatchSize
from camlode.pipeline.models.classifier import DeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 12
TEXTS = [np.random.default_rng(size).integers(1, 10, 1 + size % LENGTH).tolist() for size in range(21)]


class JaxRuntimeError(RuntimeError):
    """Stands for JAX's error, which has this name."""


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


def test_a_shard_that_does_not_fit_is_as_one_of_half_the_batch_size(limited: Any, make_tokens: Any) -> None:
    expected = limited(10_000, 4).attribute(make_tokens(TEXTS), requested_labels=[0, 1])
    attributor = limited(5, 8)
    found = attributor.attribute(make_tokens(TEXTS), requested_labels=[0, 1])
    assert to_bytes(found) == to_bytes(expected)
    assert (attributor.batch_size, attributor.batches) == (4, 6)


def test_the_halved_size_is_kept_for_later_shards(limited: Any, make_tokens: Any, limit: Limit) -> None:
    attributor = limited(5, 8)
    attributor.attribute(make_tokens(TEXTS))
    limit.documents = 10_000
    attributor.attribute(make_tokens(TEXTS[:8]))
    assert (attributor.batch_size, attributor.batches) == (4, 2)


def test_batches_that_were_given_up_are_counted(limited: Any, make_tokens: Any, limit: Limit) -> None:
    attributor = limited(10_000, 8)
    explain = attributor._engine.explain

    def second_fails(*arguments: Any) -> Any:
        limit.documents = 5 if attributor.batches == 1 else limit.documents
        return explain(*arguments)

    attributor._engine.explain = second_fails
    found = attributor.attribute(make_tokens(TEXTS), requested_labels=[0])
    assert (attributor.batch_size, attributor.batches) == (4, 1 + 6)
    assert found.documents.tolist() == list(range(21))


def test_half_the_size_may_be_too_much_too(limited: Any, make_tokens: Any) -> None:
    attributor = limited(2, 8)
    with pytest.raises(DeviceMemoryError) as caught:
        attributor.attribute(make_tokens(TEXTS))
    assert str(caught.value) == (
        "the device runs out of memory with batches of 4 documents, as it did with twice as many; "
        "set run.batch_size to 2 or less"
    )


@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_single_document_cannot_be_halved(limited: Any, make_tokens: Any, batch_size: int) -> None:
    with pytest.raises(DeviceMemoryError, match=r"^the device runs out of memory with 1 document at once; run f"):
        limited(0, batch_size).attribute(make_tokens(TEXTS))


def test_predictions_are_halved_too(limited: Any, make_tokens: Any) -> None:
    expected = limited(10_000, 4).probabilities(make_tokens(TEXTS))
    attributor = limited(5, 8)
    np.testing.assert_array_equal(attributor.probabilities(make_tokens(TEXTS)), expected)
    assert attributor.batch_size == 4


def test_warming_up_halves_as_often_as_needed(limited: Any, make_tokens: Any) -> None:
    attributor = limited(3, 32)
    attributor.warm_up()
    attributor.attribute(make_tokens(TEXTS[:6]))
    assert (attributor.batch_size, attributor.batches) == (2, 3)


def test_warming_up_tries_texts_of_the_whole_length(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    attributor = limited(10_000, 5)
    fed: list[Any] = []
    monkeypatch.setattr(attributor._engine, "explain", lambda batch, _: fed.append(batch.mask))
    attributor.warm_up()
    assert [each.tolist() for each in fed] == [[[True] * LENGTH] * 5]


def test_warming_up_without_memory_for_one_document(limited: Any) -> None:
    with pytest.raises(DeviceMemoryError, match="with 1 document at once"):
        limited(0, 4).warm_up()


def test_no_memory_while_the_lengths_are_tried_is_told(
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


def test_jax_running_out_of_memory() -> None:
    size = BatchSize(8)
    tried: list[int] = []

    def work() -> int:
        tried.append(size.current)
        if size.current > 4:
            raise JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes.")
        return size.current

    assert size.run_halving(work) == 4
    assert tried == [8, 4]


def test_what_is_not_of_memory_is_raised_as_it_is() -> None:
    size = BatchSize(8)

    def work() -> None:
        raise JaxRuntimeError("INVALID_ARGUMENT: no such thing")

    with pytest.raises(JaxRuntimeError, match="INVALID_ARGUMENT"):
        size.run_halving(work)
    assert size.current == 8
