"""A job's model, its tokenizer and its attributor, loaded and checked against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from camlode.config import read_labels, resolve_thresholds
from camlode.config.errors import ModelError, TokenizerError
from camlode.pipeline.attribution.attributor import Attributor
from camlode.pipeline.attribution.decision import Decision
from camlode.pipeline.attribution.engine import SAMPLE_LENGTH
from camlode.pipeline.attribution.methods import METHODS
from camlode.pipeline.attribution.padding import Padding
from camlode.pipeline.attribution.target_layers import select_embedding, select_target_layers
from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT, ModelInfo
from camlode.pipeline.models.graph.file import is_graph
from camlode.pipeline.models.keras_classifier import KerasClassifier, is_keras_model, wrap_keras_model
from camlode.pipeline.models.keras_file import load_keras_model
from camlode.pipeline.models.precision import with_precision
from camlode.pipeline.models.vectorization import find_text_vectorization, read_vectorizer_settings
from camlode.pipeline.tokenizers import load_vocabulary_info, make_tokenizer

if TYPE_CHECKING:
    import keras

    from camlode.config import Job
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.models.classifier import TextClassifier
    from camlode.pipeline.models.graph.classifier import GraphClassifier
    from camlode.pipeline.tokenizers import Tokenizer
    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings


@dataclass(frozen=True, slots=True)
class Explainer:
    """A job's model, ready to explain, with its tokenizer; `model_info` is what other stages and reports need."""

    attributor: Attributor
    tokenizer: Tokenizer
    model_info: ModelInfo
    takes_text: bool


def open_explainer(job: Job, model: Any = None) -> Explainer:
    """Load the job's model, unless `model` is given, and check that labels, tokenizer and layers fit it.

    The backend must have been started.

    Raises:
        ModelError: the model cannot be loaded, or labels, layers or length do not fit it.
        TokenizerError: the tokenizer cannot be loaded, or its ids do not fit the model.
    """
    labels = read_labels(job.model)
    classifier = _make_classifier(job, load_model(job) if model is None else model)
    vectorizer = _find_vectorizer(job, classifier)
    length = _resolve_length(job, classifier, vectorizer)
    vectorizer = vectorizer and replace(vectorizer, length=min(vectorizer.length, length))
    vocabulary = load_vocabulary_info(job.tokenizer, vectorizer)
    _check_ids(vocabulary.largest, classifier, job)
    tokens = SAMPLE_LENGTH if length == NO_LENGTH_LIMIT else length
    classifier = _apply_precision(job, classifier, tokens=tokens)
    target_layers, embedding = _load_target_layers(job, classifier, tokens=tokens)
    attributor = Attributor(
        classifier,
        target_layers,
        Decision(job.model.task, resolve_thresholds(job.model, labels)),
        length=length,
        embedding=embedding,
        padding=Padding(vocabulary.padding, before=job.tokenizer.padding == "pre" and not classifier.takes_text),
        settings=job.attribution,
        batch_size=job.run.batch_size,
        largest_id=vocabulary.largest,
    )
    tokenizer = make_tokenizer(job.tokenizer, length=length, vectorizer=vectorizer)
    model_info = ModelInfo(
        labels,
        target_layers.names,
        attributor.activation,
        length,
        vectorizer,
        str(attributor.trim),
        attributor.method.effective_unit,
    )
    return Explainer(attributor, tokenizer, model_info, classifier.takes_text)


def load_model(job: Job) -> Any:
    """Load the job's model, a Keras model or a TensorFlow graph; raises a ModelError where that fails."""
    if is_graph(job.model.path) or job.model.logits is not None:
        if job.model.backend != "tensorflow":
            raise ModelError(f"model.backend is {job.model.backend!r}, but {job.model.path} is a TensorFlow graph")
        from camlode.pipeline.models.graph.classifier import load_graph_classifier

        return load_graph_classifier(job.model)
    return _load_keras(job, job.model.path, "model.path")


def _load_keras(job: Job, path: str, option: str) -> keras.Model:
    """Load the Keras model at `path`, the value of the job's `option`."""
    return load_keras_model(
        path,
        custom_objects=job.model.custom_objects,
        folder=job.folder,
        option=option,
        trust_code=job.model.trust_code,
    )


def _make_classifier(job: Job, model: Any) -> TextClassifier:
    """Wrap a Keras model as a classifier whose inputs are filled as the job says; a graph is one already."""
    if not is_keras_model(model):
        return model  # type: ignore[no-any-return]
    if job.model.logits is not None:
        raise ModelError("model.logits is for TensorFlow graphs; leave it out, since a Keras model's output is used")
    return wrap_keras_model(model, job.model.inputs)


def _apply_precision(job: Job, classifier: TextClassifier, *, tokens: int) -> TextClassifier:
    """Let `classifier` compute in the job's attribution.precision; raises a ModelError where it cannot."""
    precision = job.attribution.precision
    if isinstance(classifier, KerasClassifier):
        return with_precision(classifier, precision, tokens=tokens)
    if precision != "float32":
        raise ModelError(
            f"attribution.precision is {precision}, but the model is a TensorFlow graph, which computes in the types "
            "that it was saved with; set it to float32"
        )
    return classifier


def _load_target_layers(
    job: Job, classifier: TextClassifier, *, tokens: int
) -> tuple[TargetLayers, TargetLayers | None]:
    """Load the layers that the job's method explains, and the tokens' embedding if the method needs it as well.

    Raises:
        ModelError: a layer does not exist, or the receptive fields of its positions are unknown.
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
            "model.layers gives kernel sizes, which are read from a Keras model itself; give the layers' names alone"
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
    from camlode.pipeline.attribution.graph_layers import GraphTargetLayers

    graph: GraphClassifier = classifier
    return GraphTargetLayers(graph, requested, tokens=tokens)


def _find_vectorizer(job: Job, classifier: TextClassifier) -> VectorizerSettings | None:
    """Find the TextVectorization layer if it is the job's tokenizer; raises a TokenizerError where there is none."""
    if job.tokenizer.name != "vectorizer":
        if classifier.takes_text:
            raise TokenizerError(
                f"tokenizer.name is {job.tokenizer.name!r}, but the model takes texts and tokenizes them "
                "itself; set tokenizer.name to vectorizer"
            )
        return None
    if job.tokenizer.path is not None and classifier.takes_text:
        raise TokenizerError("the model has its own TextVectorization layer; leave tokenizer.path out")
    model = classifier.model if isinstance(classifier, KerasClassifier) else None
    if job.tokenizer.path is not None:
        model = _load_keras(job, job.tokenizer.path, "tokenizer.path")
    layer = None if model is None else find_text_vectorization(model)
    if layer is None:
        raise TokenizerError(
            "tokenizer.name is 'vectorizer', but the model has no TextVectorization layer; give the file that holds "
            "one as tokenizer.path, or choose another tokenizer"
        )
    return read_vectorizer_settings(layer)


def _resolve_length(job: Job, classifier: TextClassifier, vectorizer: VectorizerSettings | None) -> int:
    """Resolve the length to which texts are padded; raises a ModelError if job and model differ or neither has one."""
    requested = job.tokenizer.length
    vectorizer_length = vectorizer.length if vectorizer else NO_LENGTH_LIMIT
    fixed = vectorizer_length if classifier.takes_text else classifier.length
    if requested is not None and fixed is not None and requested != fixed:
        takes = "any number of tokens" if fixed == NO_LENGTH_LIMIT else f"{fixed} tokens"
        raise ModelError(f"tokenizer.length is {requested}, but the model takes {takes}; leave tokenizer.length out")
    length = requested or fixed or vectorizer_length
    if length == NO_LENGTH_LIMIT and not classifier.takes_text:
        raise ModelError(
            "the model takes any number of tokens; set tokenizer.length to the number that texts were padded to when "
            "it was trained"
        )
    return length


def _check_ids(largest: int, classifier: TextClassifier, job: Job) -> None:
    """Raise a TokenizerError if the vocabulary has ids that the model's embedding does not have."""
    known = classifier.embedding_size()
    if known is not None and largest >= known:
        source = job.tokenizer.vocabulary or job.tokenizer.path or "the vectorizer"
        raise TokenizerError(
            f"{source}: the vocabulary has ids up to {largest}, but the model's "
            f"embedding has {known} (0 to {known - 1}); give the vocabulary with which the model was trained"
        )
