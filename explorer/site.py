"""What the pages of one explorer share: the store, cached queries, and the model of the job if there is one."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import HTTPConnection  # noqa: TC002 (FastAPI reads the annotation of `get_site`)

from camlode.config.errors import CamlodeError, StoreError
from camlode.explorer.cache import TTLCache
from camlode.sql import PatternStore
from camlode.sql.query.runs import PUBLISHED

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.explorer.access import ExplorerSettings
    from camlode.pipeline.audit.findings import Audit
    from camlode.pipeline.explanations.explain import TextExplainer
    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.sql import Row
    from camlode.sql.records import ReviewStatus

MAX_TEXT_LENGTH = 20_000
"""The most characters of a text to explain."""

RUNS_TTL_SECONDS = 5.0
"""How long a page may miss a run that was just published."""

AUDIT_TTL_SECONDS = 60.0
"""How long an audit may miss reviews made outside this explorer."""


class ExplainService:
    """Explains single texts with a job's model, one at a time.

    The first request loads the model; nothing else in the explorer loads TensorFlow.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = Lock()
        self._explainer: TextExplainer | None = None

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Explain the labels that the model predicts for a text, or the one named.

        Raises:
            CamlodeError: the text cannot be explained, is too long, or the model has no such label.
        """
        from camlode.pipeline.explanations.explain import TextExplainer

        if len(text) > MAX_TEXT_LENGTH:
            raise CamlodeError(f"the text has {len(text):,} characters: expected at most {MAX_TEXT_LENGTH:,}")
        with self._lock:
            if self._explainer is None:
                self._explainer = TextExplainer(self._job)
            (explanation,) = self._explainer.explain([text], labels=[label] if label else [])
        return explanation


class Site:
    """The store of an explorer, with cached queries."""

    def __init__(self, settings: ExplorerSettings) -> None:
        self.settings = settings
        self.store = PatternStore(settings.address)
        self.explainer = None if settings.job is None else ExplainService(settings.job)
        self._run_cache = TTLCache(RUNS_TTL_SECONDS)
        self._slow_cache = TTLCache(AUDIT_TTL_SECONDS)

    def runs(self) -> list[Row]:
        """Return all runs."""
        return self._run_cache.get("runs", lambda: self.store.rows("runs"))

    def published_runs(self) -> list[Row]:
        """Return the published runs, which are those that pages show."""
        return [row for row in self.runs() if row["status"] in PUBLISHED]

    def run(self, number: int | None) -> Row:
        """Return a published run, by default the current one.

        Raises:
            StoreError: there is no such run.
        """
        for row in self.published_runs():
            if row["run"] == number or (number is None and row["current"]):
                return row
        if number is None:
            raise StoreError("no run is current: publish one with camlode mine, or choose one with camlode current")
        raise StoreError(f"there is no published run {number}")

    def labels(self, run: int) -> list[Row]:
        """Return the labels of a run, in the model's order."""
        return self._run_cache.get(("labels", run), lambda: self.store.rows("labels", run=run))

    def largest(self, run: int, label: str) -> float:
        """Return the importance of a label's first pattern, in logits; 1 if it has no pattern."""

        def compute() -> float:
            first = self.store.rows("patterns", run=run, label=label, top=1)
            return float(first[0]["importance"]) if first else 1.0

        return self._slow_cache.get(("largest", run, self.run(run)["ended"], label), compute)

    def audit(self, run: int, against: int | None = None) -> Audit:
        """Audit a run."""
        from camlode.pipeline.audit.audit import audit

        return self._slow_cache.get(("audit", run, against), lambda: audit(self.store, run, against=against))

    def comparison(self, before: int, after: int, label: str | None, top: int) -> tuple[list[Row], list[Row]]:
        """Return the counts of two runs by label, and the biggest changes of each label or of one."""

        def compute(question: Any, **filters: Any) -> list[Row]:
            key = ("compare", question, before, after, *filters.values())
            return self._slow_cache.get(key, lambda: self.store.rows(question, before=before, after=after, **filters))

        return compute("difference_counts"), compute("difference", label=label, top=top)

    def review(self, fragment: str, label: str, verdict: ReviewStatus | None, note: str, author: str) -> None:
        """Store a verdict on a pattern; None undoes the last one."""
        if verdict is None:
            self.store.undo_review(fragment, label)
        else:
            self.store.review(fragment, label, verdict, note=note, author=author)
        self._slow_cache.clear()


def get_site(request: HTTPConnection) -> Site:
    """Return the site of the application that handles the request."""
    return cast("Site", request.app.state.site)
