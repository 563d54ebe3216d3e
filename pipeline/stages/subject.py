"""From a job to what is explained: the model, its explained layers, and what gives its tokens' vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.errors import ModelError
from pipeline.attribution.layers import select_embedding, select_target_layers
from pipeline.attribution.methods import METHODS
from pipeline.models.graph.file import is_graph
from pipeline.models.keras_classifier import KerasClassifier, is_keras_model, wrap_keras_model
from pipeline.models.keras_file import load_keras_model
from pipeline.models.precision import with_precision

if TYPE_CHECKING:
    import keras

    from config import Job
    from pipeline.attribution.explained import TargetLayers
    from pipeline.models.classifier import TextClassifier
    from pipeline.models.graph.classifier import GraphClassifier


def load_model(job: Job) -> Any:
    """The job's model: a Keras model, or a TensorFlow graph; a ModelError where it can't be loaded."""
    if is_graph(job.model.path) or job.model.logits is not None:
        if job.model.backend != "tensorflow":
            raise ModelError(f"model.backend is {job.model.backend!r}, but {job.model.path} is a TensorFlow graph")
        from pipeline.models.graph.classifier import load_graph_classifier

        return load_graph_classifier(job.model)
    return load_keras(job, job.model.path, "model.path")


def load_keras(job: Job, path: str, option: str) -> keras.Model:
    """A Keras model that the job names by `option`."""
    return load_keras_model(
        path,
        custom_objects=job.model.custom_objects,
        folder=job.folder,
        option=option,
        trust_code=job.model.trust_code,
    )


def make_classifier(job: Job, model: Any) -> TextClassifier:
    """`model` as a classifier, its inputs filled as the job says."""
    if not is_keras_model(model):
        return model  # type: ignore[no-any-return]
    if job.model.logits is not None:
        raise ModelError("model.logits is for TensorFlow graphs: a Keras model's output is its answer; leave it out")
    return wrap_keras_model(model, job.model.inputs)


def apply_precision(job: Job, classifier: TextClassifier, *, tokens: int) -> TextClassifier:
    """`classifier`, computing in the job's attribution.precision; a ModelError where it can't."""
    precision = job.attribution.precision
    if isinstance(classifier, KerasClassifier):
        return with_precision(classifier, precision, tokens=tokens)
    if precision != "float32":
        raise ModelError(
            f"attribution.precision is {precision}, but the model is a TensorFlow graph, which computes in the types "
            "that it was saved with; set it to float32"
        )
    return classifier


def load_target_layers(
    job: Job, classifier: TextClassifier, *, tokens: int
) -> tuple[TargetLayers, TargetLayers | None]:
    """What the job's method makes its maps on; and the tokens' vectors, where the method needs them beside that.

    Raises ModelError: a layer is not there, or it is unknown which tokens its positions cover.
    """
    method = METHODS[job.attribution.method]
    if method.explains == "embedding":
        return _find_embedding(job, classifier, tokens), None
    layers = _find_target_layers(job, classifier, tokens)
    return layers, _find_embedding(job, classifier, tokens) if method.needs_embedding else None


def _find_target_layers(job: Job, classifier: TextClassifier, tokens: int) -> TargetLayers:
    requested = job.model.layers
    if not isinstance(classifier, KerasClassifier):
        return _make_graph_layers(classifier, requested, tokens)
    if isinstance(requested, dict):
        raise ModelError(
            "model.layers gives kernel sizes, which a Keras model has itself; give the layers' names alone"
        )
    return select_target_layers(classifier, requested, tokens=tokens)


def _find_embedding(job: Job, classifier: TextClassifier, tokens: int) -> TargetLayers:
    requested = job.model.embedding
    if isinstance(classifier, KerasClassifier):
        return select_embedding(classifier, requested, tokens=tokens)
    if requested == "auto":
        raise ModelError(
            f"attribution.method {job.attribution.method} needs the tokens' vectors; name the graph's tensor that "
            "holds them in model.embedding"
        )
    return _make_graph_layers(classifier, [requested], tokens)


def _make_graph_layers(classifier: Any, requested: Any, tokens: int) -> TargetLayers:
    from pipeline.attribution.graph_layers import GraphTargetLayers

    graph: GraphClassifier = classifier
    return GraphTargetLayers(graph, requested, tokens=tokens)
