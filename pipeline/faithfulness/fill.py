"""Which id stands for a removed token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import JobError
from pipeline.tokenizers.facts import load_vocabulary_info

if TYPE_CHECKING:
    from config import Job
    from pipeline.faithfulness.removal import Removal
    from pipeline.stages.attribute import Explainer


def find_fill_id(job: Job, explainer: Explainer, removal: Removal) -> int | None:
    """The id of the unknown token or of the padding, None where tokens are deleted.

    Raises:
        JobError: the model takes texts, so that tokens can only be cut out, or the tokenizer has no unknown token.
    """
    if removal == "deleted":
        return None
    if explainer.takes_text:
        raise JobError(f"--removal {removal}: the model takes texts, of which tokens can only be cut out; use deleted")
    vocabulary = load_vocabulary_info(job.tokenizer, explainer.model_info.vectorizer)
    if removal == "padding":
        return vocabulary.padding
    if vocabulary.unknown is None:
        raise JobError("--removal unknown: the tokenizer leaves unknown tokens out, so none can be put in; use deleted")
    return vocabulary.unknown
