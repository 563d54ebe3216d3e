"""Texts explained as they are typed: the job's model, loaded when it is first asked."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Job
    from pipeline.explaining import OpenExplainer
    from pipeline.explanation import Explanation

LONGEST = 20_000
"""The most characters of a text that is explained here."""


class LiveExplainer:
    """Explains single texts by a job's model, one after the other. Only this loads TensorFlow, and only once asked."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = Lock()
        self._opened: OpenExplainer | None = None

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """The labels that the model gives a text, or the one that is named.

        Raises:
            CamlodeError: the text can't be explained, is too long, or the model has no such label.
        """
        from config.errors import CamlodeError
        from pipeline.explaining import OpenExplainer

        if len(text) > LONGEST:
            raise CamlodeError(f"the text has {len(text):,} characters: expected at most {LONGEST:,} here")
        with self._lock:
            if self._opened is None:
                self._opened = OpenExplainer(self._job)
            (found,) = self._opened.explain([text], labels=[label] if label else [])
        return found
