"""Target layers of a Keras model: the calls of its layers that a method explains, named or found by `auto`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from camlode.config.errors import ModelError, closest_match
from camlode.pipeline.attribution.engine import check_vector
from camlode.pipeline.attribution.receptive_fields import is_convolution, is_global_maximum, trace_receptive_fields
from camlode.pipeline.models.backends.protocol import TracedRun, current_backend
from camlode.pipeline.models.trace import replace_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField
    from camlode.pipeline.models.backends.protocol import Replace
    from camlode.pipeline.models.keras_classifier import KerasClassifier
    from camlode.pipeline.models.trace import LayerCall

    ReceptiveFields = Sequence[ReceptiveField | None]
    CallSelector = Callable[[TracedRun, ReceptiveFields], list[int]]
    "From a run and the receptive fields of its calls to the numbers of the target calls."


def select_target_layers(classifier: KerasClassifier, layers: str | Sequence[str], *, tokens: int) -> KerasTargetLayers:
    """The layers named in `model.layers`, or with "auto" the convolutions that feed the pooling."""
    select = select_pooled_convolutions if layers == "auto" else select_named(list(layers), option="model.layers")
    return KerasTargetLayers(classifier, select, tokens=tokens)


def select_embedding(classifier: KerasClassifier, layers: str, *, tokens: int) -> KerasTargetLayers:
    """The layer named in `model.embedding`, or with "auto" the embeddings of the token ids."""
    select = select_token_embeddings if layers == "auto" else select_named([layers], option="model.embedding")
    return KerasTargetLayers(
        classifier,
        lambda run, receptive_fields: require_token_vectors(run, select(run, receptive_fields), tokens),
        tokens=tokens,
    )


class KerasTargetLayers:
    """Target layers of a Keras model.

    `layers` are called by the model, some perhaps several times. `is_target` says for each of their calls, in the
    order of the model's run, whether it is explained.
    """

    def __init__(self, classifier: KerasClassifier, select: CallSelector, *, tokens: int) -> None:
        self._classifier = classifier
        run, receptive_fields = self._trace(tokens)
        numbers = select(run, receptive_fields)
        self.layers: tuple[keras.Layer, ...] = tuple(dict.fromkeys(run.calls[number].layer for number in numbers))
        self.is_target = tuple(number in numbers for number in self._find_layer_calls(run))
        self.receptive_field_size = max(
            int(receptive_field.sum(axis=1).max())
            for receptive_field in receptive_fields
            if receptive_field is not None and receptive_field.size
        )
        self._poolings = [call.layer for call in run.calls if is_global_maximum(call.layer)]
        self.receptive_fields = lru_cache(maxsize=64)(self._receptive_fields)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in the order in which the model calls them."""
        return tuple(layer.name for layer in self.layers)

    def run(self, inputs: Sequence[Tensor], replace: Replace, *, inline: bool = False) -> Tensor:  # noqa: ARG002
        """The model's output, computed with `replace(k, output)` instead of the k-th target call's output.

        A Keras model's operations are always added to the current graph, `inline` or not.
        """
        is_target = iter(self.is_target)
        numbers = iter(range(len(self.is_target)))
        # A `replace` with a method `maximum` takes over global max pooling too: tensorflow_watch.TapeWatch does, to
        # find the winning positions once for all labels.
        maximum = getattr(replace, "maximum", None)

        def replace_output(layer: keras.Layer, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
            if layer in self.layers:
                return replace(next(numbers), output) if next(is_target) else output
            taken = maximum(inputs[0]) if maximum is not None else None
            return output if taken is None else taken if layer.keepdims else taken[:, 0]

        poolings = [] if maximum is None else self._poolings
        with replace_outputs([*self.layers, *poolings], replace_output):
            return self._classifier.run(inputs)

    def _trace(self, tokens: int) -> tuple[TracedRun, ReceptiveFields]:
        check_vector(self._classifier.sample_output(tokens))
        sample = self._classifier.sample(tokens)
        run = current_backend().trace_run(self._classifier.model, lambda: self._classifier.run(sample))
        return run, trace_receptive_fields(run.calls, tokens, run.depends_on)

    def _find_layer_calls(self, run: TracedRun) -> list[int]:
        return [number for number, call in enumerate(run.calls) if call.layer in self.layers]

    def _receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        """Receptive fields [positions, tokens] of each target call for texts of `tokens` tokens."""
        run, receptive_fields = self._trace(tokens)
        calls = zip(self._find_layer_calls(run), self.is_target, strict=True)
        return tuple(
            require_receptive_field(run.calls[number], receptive_fields[number])
            for number, is_chosen in calls
            if is_chosen
        )


def select_token_embeddings(run: TracedRun, _: ReceptiveFields) -> list[int]:
    """The calls of Embedding layers on the documents' ids, not those on positions in the text."""
    from keras.layers import Embedding

    calls = [number for number, call in enumerate(run.calls) if isinstance(call.layer, Embedding)]
    # An embedding of positions is called on one row of numbers, without an axis of documents.
    on_documents = [number for number in calls if tuple(run.calls[number].output.shape)[:-2] == run.output.shape[:1]]
    found = _filter_used(run, on_documents)
    if not found:
        raise ModelError(
            "the method needs the tokens' vectors, but the model's answer depends on no layer Embedding; name the "
            "layer that gives them in model.embedding"
        )
    return found


def select_pooled_convolutions(run: TracedRun, receptive_fields: ReceptiveFields) -> list[int]:
    """The convolutions along the tokens that the output depends on, and that no other of them depends on."""
    convolutions = [number for number, call in enumerate(run.calls) if is_convolution(call.layer)]
    if not convolutions:
        raise ModelError(
            "model.layers is 'auto', but the model has no convolution; name the layer to explain in model.layers, "
            f"one of: {_describe_layers(run, receptive_fields)}"
        )
    convolutions_along_tokens = [number for number in convolutions if receptive_fields[number] is not None]
    if not convolutions_along_tokens:
        require_receptive_field(run.calls[convolutions[-1]], None)
    used = _filter_used(run, convolutions_along_tokens)
    if not used:
        names = ", ".join(dict.fromkeys(run.calls[number].layer.name for number in convolutions))
        raise ModelError(
            f"model.layers is 'auto', but the model's answer does not depend on its convolutions ({names}); name "
            f"another layer in model.layers, one of: {_describe_layers(run, receptive_fields)}"
        )
    inputs = [run.depends_on(run.calls[number].output, used) for number in used]
    return [
        number
        for index, number in enumerate(used)
        if not any(sources[index] for other, sources in zip(used, inputs, strict=True) if other != number)
    ]


def require_token_vectors(run: TracedRun, numbers: list[int], tokens: int) -> list[int]:
    """Return `numbers`; raise a ModelError if one of the calls doesn't give a vector for each of the tokens."""
    for number in numbers:
        call = run.calls[number]
        if len(call.output.shape) < 3 or call.output.shape[1] != tokens:
            raise ModelError(
                f"model.embedding: layer {call.layer.name!r} gives {_format_shape(call.output)}; expected a vector for "
                f"each of the {tokens} tokens"
            )
    return numbers


def select_named(names: Sequence[str], *, option: str) -> CallSelector:
    """The calls of the layers with these names; `option` is where the user named them."""
    return lambda run, receptive_fields: _find_named(run, receptive_fields, names, option)


def _find_named(run: TracedRun, receptive_fields: ReceptiveFields, names: Sequence[str], option: str) -> list[int]:
    known = [call.layer.name for call in run.calls]
    for name in names:
        if name not in known:
            near = closest_match(name, known)
            hint = f"did you mean {near!r}?" if near else f"it has: {_describe_layers(run, receptive_fields)}"
            raise ModelError(f"{option}: the model calls no layer named {name!r}; {hint}")
    numbers = [number for number, name in enumerate(known) if name in names]
    for number in numbers:
        require_receptive_field(run.calls[number], receptive_fields[number])
    used = _filter_used(run, numbers)
    if unused := set(names) - {known[number] for number in used}:
        raise ModelError(f"{option}: the model's answer does not depend on {', '.join(sorted(unused))}")
    return used


def _filter_used(run: TracedRun, numbers: Sequence[int]) -> list[int]:
    used = run.depends_on(run.output, numbers)
    return [number for number, is_used in zip(numbers, used, strict=True) if is_used]


def require_receptive_field(call: LayerCall, receptive_field: ReceptiveField | None) -> ReceptiveField:
    """Return `receptive_field`; raise a ModelError if it is None or the call's output has no gradients."""
    if receptive_field is None or not _is_floating(call.output):
        raise ModelError(
            f"layer {call.layer.name!r} gives {_format_shape(call.output)}, and it is unknown which tokens each of its "
            "positions covers; name a layer nearer to the embedding in model.layers"
        )
    return receptive_field


def _describe_layers(run: TracedRun, receptive_fields: ReceptiveFields) -> str:
    """The layers that can be explained, with their classes and shapes."""
    calls = [
        call for call, receptive_field in zip(run.calls, receptive_fields, strict=True) if receptive_field is not None
    ]
    shown = [f"{call.layer.name} ({type(call.layer).__name__}, {_format_shape(call.output)})" for call in calls]
    return ", ".join(dict.fromkeys(shown))


def _format_shape(tensor: Tensor) -> str:
    shape = getattr(tensor, "shape", None)
    return "no single tensor" if shape is None else "×".join(["documents", *map(str, shape[1:])])


def _is_floating(tensor: Tensor) -> bool:
    import keras

    return hasattr(tensor, "dtype") and "float" in keras.backend.standardize_dtype(tensor.dtype)
