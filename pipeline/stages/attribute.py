"""From a job to what explains its documents: the model, its tokenizer and the attributor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from config import read_labels, resolve_thresholds
from pipeline.attribution.attributor import Attributor
from pipeline.attribution.batches import Padding
from pipeline.attribution.decision import Decision
from pipeline.attribution.engine import SAMPLE_LENGTH
from pipeline.models.classifier import NO_LENGTH_LIMIT
from pipeline.models.facts import ModelInfo
from pipeline.stages.fitting import check_ids, find_vectorizer, resolve_length
from pipeline.stages.subject import apply_precision, load_model, load_target_layers, make_classifier
from pipeline.tokenizers import load_vocabulary_info, make_tokenizer

if TYPE_CHECKING:
    from config import Job
    from pipeline.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Explainer:
    """A job's model, ready to explain: `model_info` are what the other stages and the user need to know of it."""

    attributor: Attributor
    tokenizer: Tokenizer
    model_info: ModelInfo
    takes_text: bool


def open_explainer(job: Job, model: Any = None) -> Explainer:
    """Loads the job's model (or takes what `load_model` gave) and checks that labels, tokenizer and layers fit it.

    The backend must have been started. Raises ModelError and TokenizerError.
    """
    labels = read_labels(job.model)
    classifier = make_classifier(job, load_model(job) if model is None else model)
    vectorizer = find_vectorizer(job, classifier)
    length = resolve_length(job, classifier, vectorizer)
    vectorizer = vectorizer and replace(vectorizer, length=min(vectorizer.length, length))
    vocabulary = load_vocabulary_info(job.tokenizer, vectorizer)
    check_ids(vocabulary.largest, classifier, job)
    tokens = SAMPLE_LENGTH if length == NO_LENGTH_LIMIT else length
    classifier = apply_precision(job, classifier, tokens=tokens)
    explained, embedding = load_target_layers(job, classifier, tokens=tokens)
    attributor = Attributor(
        classifier,
        explained,
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
        explained.names,
        attributor.activation,
        length,
        vectorizer,
        str(attributor.trim),
        attributor.method.effective_unit,
    )
    return Explainer(attributor, tokenizer, model_info, classifier.takes_text)
