"""Whether a job's tokenizer fits its model, and how long a text is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import ModelError, TokenizerError
from pipeline.models.classifier import NO_LENGTH_LIMIT
from pipeline.models.keras_classifier import KerasClassifier
from pipeline.models.vectorization import find_text_vectorization, read_vectorizer_settings
from pipeline.stages.subject import load_keras

if TYPE_CHECKING:
    from config import Job
    from pipeline.models.classifier import TextClassifier
    from pipeline.tokenizers.vectorizer import VectorizerSettings


def find_vectorizer(job: Job, classifier: TextClassifier) -> VectorizerSettings | None:
    """What the TextVectorization layer does, if that is the job's tokenizer; a TokenizerError where there is none."""
    if job.tokenizer.name != "vectorizer":
        if classifier.takes_text:
            raise TokenizerError(
                f"tokenizer.name is {job.tokenizer.name!r}, but the model takes texts and makes tokens of them "
                "itself; set tokenizer.name to vectorizer"
            )
        return None
    if job.tokenizer.path is not None and classifier.takes_text:
        raise TokenizerError("the model has a TextVectorization layer of its own; leave tokenizer.path out")
    model = classifier.model if isinstance(classifier, KerasClassifier) else None
    if job.tokenizer.path is not None:
        model = load_keras(job, job.tokenizer.path, "tokenizer.path")
    layer = None if model is None else find_text_vectorization(model)
    if layer is None:
        raise TokenizerError(
            "tokenizer.name is 'vectorizer', but the model has no TextVectorization layer; give the file that holds "
            "one as tokenizer.path, or choose another tokenizer"
        )
    return read_vectorizer_settings(layer)


def resolve_length(job: Job, classifier: TextClassifier, vectorizer: VectorizerSettings | None) -> int:
    """How many tokens a text is padded to; a ModelError where job and model disagree or neither says."""
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


def check_ids(largest: int, classifier: TextClassifier, job: Job) -> None:
    """A TokenizerError where the vocabulary has ids that the model's embedding doesn't know."""
    known = classifier.embedding_size()
    if known is not None and largest >= known:
        source = job.tokenizer.vocabulary or job.tokenizer.path or "the vectorizer"
        raise TokenizerError(
            f"{source}: the vocabulary has ids up to {largest}, but the model's "
            f"embedding knows {known} (0 to {known - 1}); give the vocabulary that the model was trained with"
        )
