"""From a job to what explains its documents: the model, its tokenizer and the attributor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from config import read_labels, thresholds
from pipeline.attribution.attributor import Attributor
from pipeline.attribution.batches import Padding
from pipeline.attribution.decision import Decision
from pipeline.attribution.engine import SAMPLE_LENGTH
from pipeline.models.classifier import NO_LENGTH_LIMIT
from pipeline.models.facts import ModelFacts
from pipeline.stages.fitting import check_ids, length_of, vectorizer_of
from pipeline.stages.subject import classifier_of, computing_as_asked, explained_of, load_model
from pipeline.tokenizers import make_tokenizer, vocabulary_facts

if TYPE_CHECKING:
    from config import Job
    from pipeline.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Explainer:
    """A job's model, ready to explain: `facts` are what the other stages and the user need to know of it."""

    attributor: Attributor
    tokenizer: Tokenizer
    facts: ModelFacts
    takes_text: bool


def open_explainer(job: Job, model: Any = None) -> Explainer:
    """Loads the job's model (or takes what `load_model` gave) and checks that labels, tokenizer and layers fit it.

    The backend must have been started. Raises ModelError and TokenizerError.
    """
    labels = read_labels(job.model)
    classifier = classifier_of(job, load_model(job) if model is None else model)
    vectorizer = vectorizer_of(job, classifier)
    length = length_of(job, classifier, vectorizer)
    vectorizer = vectorizer and replace(vectorizer, length=min(vectorizer.length, length))
    vocabulary = vocabulary_facts(job.tokenizer, vectorizer)
    check_ids(vocabulary.largest, classifier, job)
    tokens = SAMPLE_LENGTH if length == NO_LENGTH_LIMIT else length
    classifier = computing_as_asked(job, classifier, tokens=tokens)
    explained, embedding = explained_of(job, classifier, tokens=tokens)
    attributor = Attributor(
        classifier,
        explained,
        Decision(job.model.task, thresholds(job.model, labels)),
        length=length,
        embedding=embedding,
        padding=Padding(vocabulary.padding, before=job.tokenizer.padding == "pre" and not classifier.takes_text),
        settings=job.attribution,
        batch_size=job.run.batch_size,
        largest_id=vocabulary.largest,
    )
    tokenizer = make_tokenizer(job.tokenizer, length=length, vectorizer=vectorizer)
    facts = ModelFacts(
        labels,
        explained.names,
        attributor.activation,
        length,
        vectorizer,
        str(attributor.cutting),
        attributor.method.measured_in,
    )
    return Explainer(attributor, tokenizer, facts, classifier.takes_text)
