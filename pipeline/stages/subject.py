"""From a job to what is explained: the model, its explained layers, and what gives its tokens' vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.errors import ModelError
from pipeline.attribution.layers import embedded_tokens, explained_layers
from pipeline.attribution.methods import METHODS
from pipeline.models.graph.file import is_graph
from pipeline.models.keras_classifier import KerasClassifier, as_classifier, is_keras_model
from pipeline.models.keras_file import load_keras_model
from pipeline.models.precision import in_precision

if TYPE_CHECKING:
    import keras

    from config import Job
    from pipeline.attribution.explained import Explained
    from pipeline.models.classifier import Classifier
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


def classifier_of(job: Job, model: Any) -> Classifier:
    """`model` as a classifier, its inputs filled as the job says."""
    if not is_keras_model(model):
        return model  # type: ignore[no-any-return]
    if job.model.logits is not None:
        raise ModelError("model.logits is for TensorFlow graphs: a Keras model's output is its answer; leave it out")
    return as_classifier(model, job.model.inputs)


def computing_as_asked(job: Job, classifier: Classifier, *, tokens: int) -> Classifier:
    """`classifier`, computing in the job's attribution.precision; a ModelError where it can't."""
    precision = job.attribution.precision
    if isinstance(classifier, KerasClassifier):
        return in_precision(classifier, precision, tokens=tokens)
    if precision != "float32":
        raise ModelError(
            f"attribution.precision is {precision}, but the model is a TensorFlow graph, which computes in the types "
            "that it was saved with; set it to float32"
        )
    return classifier


def explained_of(job: Job, classifier: Classifier, *, tokens: int) -> tuple[Explained, Explained | None]:
    """What the job's method makes its maps on; and the tokens' vectors, where the method needs them beside that.

    Raises ModelError: a layer is not there, or it is unknown which tokens its positions cover.
    """
    method = METHODS[job.attribution.method]
    if method.explains == "embedding":
        return _embedding(job, classifier, tokens), None
    layers = _layers(job, classifier, tokens)
    return layers, _embedding(job, classifier, tokens) if method.needs_embedding else None


def _layers(job: Job, classifier: Classifier, tokens: int) -> Explained:
    wanted = job.model.layers
    if not isinstance(classifier, KerasClassifier):
        return _graph_layers(classifier, wanted, tokens)
    if isinstance(wanted, dict):
        raise ModelError(
            "model.layers gives kernel sizes, which a Keras model has itself; give the layers' names alone"
        )
    return explained_layers(classifier, wanted, tokens=tokens)


def _embedding(job: Job, classifier: Classifier, tokens: int) -> Explained:
    wanted = job.model.embedding
    if isinstance(classifier, KerasClassifier):
        return embedded_tokens(classifier, wanted, tokens=tokens)
    if wanted == "auto":
        raise ModelError(
            f"attribution.method {job.attribution.method} needs the tokens' vectors; name the graph's tensor that "
            "holds them in model.embedding"
        )
    return _graph_layers(classifier, [wanted], tokens)


def _graph_layers(classifier: Any, wanted: Any, tokens: int) -> Explained:
    from pipeline.attribution.graph_layers import GraphLayers

    graph: GraphClassifier = classifier
    return GraphLayers(graph, wanted, tokens=tokens)
