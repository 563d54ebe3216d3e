"""From a job to what explains its documents: the model, its tokenizer and the attributor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config import read_labels, thresholds
from config.errors import ModelError, TokenizerError
from pipeline.attribution.attributor import Attributor, Padding
from pipeline.attribution.decision import Decision
from pipeline.models.facts import ModelFacts
from pipeline.models.keras_classifier import (
    NO_LENGTH_LIMIT,
    KerasClassifier,
    as_classifier,
    text_vectorization,
    vectorizer_settings,
)
from pipeline.models.keras_file import load_keras_model
from pipeline.tokenizers import Vocabulary, make_tokenizer, read_vocabulary

if TYPE_CHECKING:
    import keras

    from config import Job
    from pipeline.tokenizers import Tokenizer
    from pipeline.tokenizers.vectorizer import VectorizerSettings


@dataclass(frozen=True, slots=True)
class Explainer:
    """A job's model, ready to explain: `facts` are what the other stages and the user need to know of it."""

    attributor: Attributor
    tokenizer: Tokenizer
    facts: ModelFacts
    takes_text: bool


def open_explainer(job: Job, model: keras.Model | None = None) -> Explainer:
    """Loads the job's model (or takes `model`) and checks that labels, tokenizer and layers fit it.

    TensorFlow must have been started. Raises ModelError and TokenizerError.
    """
    labels = read_labels(job.model)
    if model is None:
        model = _load(job, job.model.path, "model.path")
    classifier = as_classifier(model)
    vectorizer = _vectorizer(job, classifier)
    length = _length(job, classifier, vectorizer)
    vectorizer = vectorizer and replace(vectorizer, length=min(vectorizer.length, length))
    vocabulary = None if job.tokenizer.name == "vectorizer" else read_vocabulary(job.tokenizer)
    _check_ids(vocabulary, vectorizer, classifier, job)
    attributor = Attributor(
        classifier,
        Decision(job.model.task, thresholds(job.model, labels)),
        length=length,
        padding=Padding(
            vocabulary.padding if vocabulary else 0,
            before=job.tokenizer.padding == "pre" and not classifier.takes_text,
        ),
        layers=job.model.layers,
        method=job.attribution.method,
        batch_size=job.run.batch_size,
    )
    tokenizer = make_tokenizer(job.tokenizer, length=length, vocabulary=vocabulary, vectorizer=vectorizer)
    facts = ModelFacts(labels, attributor.explained.names, attributor.activation, length, vectorizer)
    return Explainer(attributor, tokenizer, facts, classifier.takes_text)


def _load(job: Job, path: str, option: str) -> keras.Model:
    return load_keras_model(path, custom_objects=job.model.custom_objects, folder=job.folder, option=option)


def _vectorizer(job: Job, classifier: KerasClassifier) -> VectorizerSettings | None:
    if job.tokenizer.name != "vectorizer":
        if classifier.takes_text:
            raise TokenizerError(
                f"tokenizer.name is {job.tokenizer.name!r}, but the model takes texts and makes tokens of them "
                "itself; set tokenizer.name to vectorizer"
            )
        return None
    if job.tokenizer.path is not None and classifier.takes_text:
        raise TokenizerError("the model has a TextVectorization layer of its own; leave tokenizer.path out")
    model = classifier.model if job.tokenizer.path is None else _load(job, job.tokenizer.path, "tokenizer.path")
    layer = text_vectorization(model)
    if layer is None:
        raise TokenizerError(
            "tokenizer.name is 'vectorizer', but the model has no TextVectorization layer; give the file that holds "
            "one as tokenizer.path, or choose char, jieba or word"
        )
    return vectorizer_settings(layer)


def _length(job: Job, classifier: KerasClassifier, vectorizer: VectorizerSettings | None) -> int:
    wanted = job.tokenizer.length
    made = vectorizer.length if vectorizer else NO_LENGTH_LIMIT
    fixed = made if classifier.takes_text else classifier.length
    if wanted is not None and fixed is not None and wanted != fixed:
        takes = "any number of tokens" if fixed == NO_LENGTH_LIMIT else f"{fixed} tokens"
        raise ModelError(f"tokenizer.length is {wanted}, but the model takes {takes}; leave tokenizer.length out")
    length = wanted or fixed or made
    if length == NO_LENGTH_LIMIT and not classifier.takes_text:
        raise ModelError(
            "the model takes any number of tokens; set tokenizer.length to the number that texts were padded to when "
            "it was trained"
        )
    return length


def _check_ids(
    vocabulary: Vocabulary | None,
    vectorizer: VectorizerSettings | None,
    classifier: KerasClassifier,
    job: Job,
) -> None:
    known = classifier.embedding_size()
    largest = vocabulary.largest if vocabulary else max(vectorizer.ids.values(), default=1) if vectorizer else 0
    if known is not None and largest >= known:
        raise TokenizerError(
            f"{job.tokenizer.vocabulary or 'the vectorizer'}: the vocabulary has ids up to {largest}, but the model's "
            f"embedding knows {known} (0 to {known - 1}); give the vocabulary that the model was trained with"
        )
