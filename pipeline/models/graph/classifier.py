"""A TensorFlow graph as a text classifier: its inputs, its output, and its parts as functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import InputSpec, summarize_error
from camlode.pipeline.models.graph.freeze import load_graph, optimize_graph
from camlode.pipeline.models.graph.inputs import (
    GraphInput,
    Subgraph,
    check_inputs,
    extract_subgraph,
    fill_constants,
    find_tensor,
    graph_inputs,
    tensor_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from camlode.config.classifier import Model
    from camlode.pipeline.arrays import AnyArray, BoolArray, Int32Array, Tensor


@dataclass(frozen=True)
class GraphClassifier:
    """A graph that gives one vector of scores for each document.

    `definition`: the GraphDef, with weights and constant inputs in it. `graph`: the same, imported once, for shapes.
    `logits`: name of the tensor that a softmax or sigmoid makes the output of; `activation`: that one's name, "linear"
    if there is none. `embedding`: name of the tensor with the tokens' vectors, None if unknown.
    """

    definition: Any
    graph: tf.Graph
    inputs: tuple[GraphInput, ...]
    logits: str
    activation: str
    embedding: str | None = None
    takes_text: bool = field(default=False, init=False)

    @property
    def length(self) -> int | None:
        """Number of tokens of its input, None for any number."""
        return next((size for each in self.inputs if len(each.shape) == 2 for size in each.shape[1:] if size), None)

    def build_inputs(self, ids: Int32Array, mask: BoolArray) -> list[AnyArray]:
        """The arrays of `inputs` for `ids` [documents, tokens], padded where `mask` is false."""
        return [each.build_array(ids, mask) for each in self.inputs]

    def input_specs(self, length: int | None) -> list[InputSpec]:
        """Shapes and types of `build_inputs` for documents of `length` tokens; None: of any number.

        Raises ModelError: any number is asked for, but the graph takes only one.
        """
        if length is None and self.length is not None:
            raise ModelError(f"its placeholder takes exactly {self.length} tokens")
        shapes = [(None, length) if len(each.shape) == 2 else (None,) for each in self.inputs]
        return [InputSpec(shape, each.dtype.name) for shape, each in zip(shapes, self.inputs, strict=True)]

    def subgraph(self, feeds: Sequence[str], fetches: Sequence[str]) -> Subgraph:
        """The part of the graph between its inputs and `feeds` and `fetches`."""
        return extract_subgraph(self.definition, [each.name for each in self.inputs] + list(feeds), fetches)

    def compile(self, subgraph: Subgraph) -> Any:
        """Compile the part to a function of its feeds, in order."""
        tensors = [self.graph.get_tensor_by_name(name) for name in subgraph.feeds]
        return subgraph.compile({each.name: tf.TensorSpec(each.shape, each.dtype) for each in tensors})

    def apply_activation(self, logits: Tensor) -> Tensor:
        """The graph's output: the activation of `logits`, as an operation in the current graph."""
        return _ACTIVATIONS[self.activation](logits)

    def sample(self, tokens: int) -> list[AnyArray]:
        """The inputs of two documents of `tokens` tokens each, for one run of the graph."""
        return self.build_inputs(np.ones((2, tokens), np.int32), np.ones((2, tokens), bool))

    def sample_output(self, tokens: int) -> Tensor:
        """The graph's output for `sample`; raises a ModelError if it fails."""
        if self.length not in (None, tokens):
            raise ModelError(f"the model cannot be run on {tokens} tokens: its placeholder takes {self.length}")
        subgraph = self.subgraph((), [self.logits])
        values = dict(zip((each.name for each in self.inputs), map(tf.constant, self.sample(tokens)), strict=True))
        try:
            return self.apply_activation(self.compile(subgraph)(*(values[name] for name in subgraph.feeds))[0])
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise ModelError(f"the model cannot be run on {tokens} tokens: {summarize_error(error)}") from error

    def embedding_size(self) -> int | None:
        """Number of rows of the table that the embedding is gathered from; None if unknown."""
        operation = None if self.embedding is None else self.graph.get_tensor_by_name(self.embedding).op
        while operation is not None and operation.type in _VECTOR_PRESERVING:
            operation = operation.inputs[0].op
        if operation is None or operation.type not in ("Gather", "GatherV2"):
            return None
        size: int | None = operation.inputs[0].shape[:1].as_list()[0]
        return size


_ACTIVATIONS = {"softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid, "linear": tf.identity}
_VECTOR_PRESERVING = ("Identity", "IdentityN", "ExpandDims", "Reshape", "Squeeze", "Cast", "Mul", "RealDiv")


def load_graph_classifier(model: Model) -> GraphClassifier:
    """Load a job's model that is a checkpoint, a SavedModel or a frozen graph.

    Raises ModelError: the file is missing, broken or not trusted, or lacks a tensor that the job names.
    """
    tensor_options = _collect_tensors(model)
    loaded = load_graph(model.path, tensor_options, trust_code=model.trust_code)
    check_inputs(loaded.placeholders, model.inputs)
    definition = fill_constants(loaded.definition, model.inputs)
    if any(node.op == "Switch" for node in definition.node):
        # A branch on a placeholder that is now constant, such as that of a dropout, is folded away.
        definition = optimize_graph(definition, list(tensor_options), "constfold", "loop")
    definition = extract_subgraph(definition, (), list(tensor_options)).definition
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
    tensors = {name: find_tensor(name, graph, option) for name, option in tensor_options.items()}
    logits, activation = _find_logits(_check_logits(tensors[str(model.logits)]))
    embedding = None if model.embedding == "auto" else tensor_name(model.embedding)
    return GraphClassifier(
        definition, graph, tuple(graph_inputs(graph, model.inputs)), logits.name, activation, embedding
    )


def _collect_tensors(model: Model) -> Mapping[str, str]:
    """Tensors that a job names, and the option that names each."""
    if model.logits is None:
        raise ModelError("model.logits: a graph needs the name of its logits' tensor; set model.logits")
    if model.layers == "auto":
        raise ModelError(
            "model.layers is 'auto', which is for Keras models; name the graph's convolution outputs, each with its "
            "kernel size, as `conv/Relu: 3`"
        )
    embedding = {} if model.embedding == "auto" else {model.embedding: "model.embedding"}
    return {model.logits: "model.logits", **dict.fromkeys(model.layers, "model.layers"), **embedding}


def _check_logits(logits: Any) -> Any:
    if logits.shape.rank not in (None, 2):
        raise ModelError(
            f"model.logits: {logits.name} has the shape {logits.shape}; expected (documents, labels): a vector of "
            "scores a document"
        )
    return logits


def _find_logits(output: Any) -> tuple[Any, str]:
    """The input of the softmax or sigmoid that made `output`, and its name; else `output` and "linear"."""
    source = output
    while source.op.type in ("Identity", "IdentityN"):
        source = source.op.inputs[source.value_index]
    kind = source.op.type.lower()
    return (source.op.inputs[0], kind) if kind in ("softmax", "sigmoid") else (output, "linear")
