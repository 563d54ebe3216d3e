"""Target layers of a TensorFlow graph: named tensors, and a run of the graph that exposes them.

The graph is split at those tensors once, so that their gradients never run through the operations before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from camlode.config.errors import ModelError
from camlode.pipeline.attribution.receptive_fields import Window, identity, slide
from camlode.pipeline.models.classifier import summarize_error
from camlode.pipeline.models.graph.inputs import Subgraph, extract_subgraph, find_tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField
    from camlode.pipeline.models.backends.protocol import Replace
    from camlode.pipeline.models.graph.classifier import GraphClassifier


class _CompiledSubgraph(NamedTuple):
    """A part of the graph: its definition, and a function that a tape can differentiate."""

    subgraph: Subgraph
    function: Any

    def values(self, known: Mapping[str, Tensor], *, inline: bool) -> list[Tensor]:
        if inline and not tf.executing_eagerly():
            # An imported graph can't take a tensor from outside of a loop's body; the identities stand inside.
            return self.subgraph.import_into_graph({name: tf.identity(known[name]) for name in self.subgraph.feeds})
        returned: list[Tensor] = self.function(*(known[name] for name in self.subgraph.feeds))
        return returned


class GraphTargetLayers:
    """Target layers of a graph: `layers` gives each tensor's kernel size, or lists tensors with a position a token.

    Raises ModelError: a tensor isn't in the graph, the logits don't depend on it, it has no gradient, or its shape
    contradicts its kernel size for texts of `tokens` tokens.
    """

    def __init__(self, classifier: GraphClassifier, layers: Mapping[str, int] | Sequence[str], *, tokens: int) -> None:
        sizes = dict(layers) if isinstance(layers, Mapping) else dict.fromkeys(layers, 1)
        self.names = tuple(sizes)
        self._classifier = classifier
        self._sizes = tuple(sizes.values())
        self.receptive_field_size = max(self._sizes)
        self._tensors = tuple(find_tensor(name, classifier.graph, "model.layers").name for name in sizes)
        self._order = self._group_by_depth()
        self._steps = [self._compile_group(index) for index in range(len(self._order))]
        self._head = self._compile(classifier.subgraph(self._tensors, [classifier.logits]))
        self._check_used()
        self._check_gradients()
        self.receptive_fields = lru_cache(maxsize=64)(self._receptive_fields)
        self.receptive_fields(tokens)

    def run(self, inputs: Sequence[Tensor], replace: Replace, *, inline: bool = False) -> Tensor:
        """The graph's output, computed with `replace(k, tensor)` instead of the k-th target tensor."""
        known = dict(zip((each.name for each in self._classifier.inputs), inputs, strict=True))
        for numbers, step in zip(self._order, self._steps, strict=True):
            for number, value in zip(numbers, step.values(known, inline=inline), strict=True):
                known[self._tensors[number]] = replace(number, value)
        return self._classifier.apply_activation(self._head.values(known, inline=inline)[0])

    def _group_by_depth(self) -> list[list[int]]:
        """Numbers of the target tensors in groups: each depends only on tensors of earlier groups."""
        dependencies = [self._find_dependencies(number) for number in range(len(self._tensors))]
        groups: list[list[int]] = []
        done: set[int] = set()
        while len(done) < len(dependencies):
            group = [n for n, sources in enumerate(dependencies) if n not in done and sources <= done]
            groups.append(group)
            done |= set(group)
        return groups

    def _find_dependencies(self, number: int) -> set[int]:
        others = [n for n in range(len(self._tensors)) if n != number]
        definition = self._classifier.definition
        subgraph = extract_subgraph(definition, [self._tensors[n] for n in others], [self._tensors[number]])
        return {n for n in others if self._tensors[n] in subgraph.feeds}

    def _compile_group(self, index: int) -> _CompiledSubgraph:
        before = [self._tensors[number] for group in self._order[:index] for number in group]
        return self._compile(
            self._classifier.subgraph(before, [self._tensors[number] for number in self._order[index]])
        )

    def _compile(self, subgraph: Subgraph) -> _CompiledSubgraph:
        return _CompiledSubgraph(subgraph, self._classifier.compile(subgraph))

    def _check_used(self) -> None:
        used = {name for step in (*self._steps, self._head) for name in step.subgraph.feeds}
        unused = [name for name, tensor in zip(self.names, self._tensors, strict=True) if tensor not in used]
        if unused:
            raise ModelError(f"model.layers: the model's answer does not depend on {', '.join(unused)}")

    def _check_gradients(self) -> None:
        """Raise a ModelError for a loop of TensorFlow 1, which loses what its gradient needs when it is saved."""
        for step in (*self._steps[1:], self._head):
            loops = [node.name for node in step.subgraph.definition.node if node.op == "Enter"]
            if loops:
                raise ModelError(
                    f"model.layers: between the target tensors and the logits is a loop of TensorFlow 1 "
                    f"({loops[0]}), which has no gradient once saved; name tensors that come after it"
                )

    def _receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        shapes = self._shapes(tokens)
        return tuple(
            _receptive_field(name, size, shape, tokens)
            for name, size, shape in zip(self.names, self._sizes, shapes, strict=True)
        )

    def _shapes(self, tokens: int) -> list[tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}

        def record_shape(number: int, value: Tensor) -> Tensor:
            found[number] = tuple(value.shape)
            return value

        try:
            # Outside of a function that is being traced, where this may be called: shapes need an eager run.
            with tf.init_scope():
                self.run([tf.constant(values) for values in self._classifier.sample(tokens)], record_shape)
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise ModelError(f"the model cannot be run on {tokens} tokens: {summarize_error(error)}") from error
        return [found[number] for number in range(len(self.names))]


def _receptive_field(name: str, size: int, shape: tuple[int, ...], tokens: int) -> ReceptiveField:
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[2] != 1):
        shown = "×".join(["documents", *map(str, shape[1:])])
        raise ModelError(
            f"model.layers: {name} gives {shown}; expected documents×positions×channels, or "
            "documents×positions×1×channels"
        )
    positions = shape[1]
    for padding, expected in (("same", tokens), ("valid", tokens - size + 1)):
        if positions == expected:
            return slide(identity(tokens), Window(size, 1, 1, padding))
    fitting = f"; a kernel of {tokens - positions + 1} would fit" if 0 < positions < tokens else ""
    raise ModelError(
        f"model.layers: {name} has {positions} positions for {tokens} tokens, but a kernel of {size} gives {tokens} "
        f"(same) or {tokens - size + 1} (valid){fitting}"
    )
