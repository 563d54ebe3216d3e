"""Texts explained as they are typed: the job's model, loaded when it is first asked."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Job
    from pipeline.explaining import TextExplainer
    from pipeline.explanation import Explanation

MAX_TEXT_LENGTH = 20_000
"""The most characters of a text that is explained here."""


class ExplainService:
    """Explains single texts by a job's model, one after the other. Only this loads TensorFlow, and only once asked."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = Lock()
        self._explainer: TextExplainer | None = None

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """The labels that the model gives a text, or the one that is named.

        Raises:
            CamlodeError: the text can't be explained, is too long, or the model has no such label.
        """
        from config.errors import CamlodeError
        from pipeline.explaining import TextExplainer

        if len(text) > MAX_TEXT_LENGTH:
            raise CamlodeError(f"the text has {len(text):,} characters: expected at most {MAX_TEXT_LENGTH:,} here")
        with self._lock:
            if self._explainer is None:
                self._explainer = TextExplainer(self._job)
            (explanation,) = self._explainer.explain([text], labels=[label] if label else [])
        return explanation
