"""What the pages of one explorer share: the store, answers that are kept for a while, and the model if there is one."""
# MERGED: Texts explained as they are typed: the job's model, loaded when it is first asked.

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import HTTPConnection  # noqa: TC002 (FastAPI reads what `get_site` takes)

from camlode.config.errors import StoreError
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
        from camlode.config.errors import CamlodeError
        from camlode.pipeline.explanations.explain import TextExplainer

        if len(text) > MAX_TEXT_LENGTH:
            raise CamlodeError(f"the text has {len(text):,} characters: expected at most {MAX_TEXT_LENGTH:,} here")
        with self._lock:
            if self._explainer is None:
                self._explainer = TextExplainer(self._job)
            (explanation,) = self._explainer.explain([text], labels=[label] if label else [])
        return explanation


RUNS_TTL_SECONDS = 5.0
"""For how long a page may not know of a run that was published meanwhile."""
AUDIT_TTL_SECONDS = 60.0
"""For how long an audit may not know of reviews that were made elsewhere than in this explorer."""


class Site:
    """The pages' view of a store."""

    def __init__(self, settings: ExplorerSettings) -> None:
        self.settings = settings
        self.store = PatternStore(settings.address)
        self.live = None if settings.job is None else ExplainService(settings.job)
        self._run_cache = TTLCache(RUNS_TTL_SECONDS)
        self._slow_cache = TTLCache(AUDIT_TTL_SECONDS)

    def runs(self) -> list[Row]:
        """All runs."""
        return self._run_cache.get("runs", lambda: self.store.rows("runs"))

    def published_runs(self) -> list[Row]:
        """The runs that can be looked at."""
        return [row for row in self.runs() if row["status"] in PUBLISHED]

    def run(self, number: int | None) -> Row:
        """A published run, the current one unless another is named.

        Raises:
            StoreError: there is none.
        """
        for row in self.published_runs():
            if row["run"] == number or (number is None and row["current"]):
                return row
        if number is None:
            raise StoreError("no run is current: camlode mine publishes one, camlode current chooses among several")
        raise StoreError(f"there is no published run {number}")

    def labels(self, run: int) -> list[Row]:
        """The labels of a run, in the model's order."""
        return self._run_cache.get(("labels", run), lambda: self.store.rows("labels", run=run))

    def largest(self, run: int, label: str) -> float:
        """The importance of a label's first pattern, in logits; 1 where it has none."""

        def compute() -> float:
            first = self.store.rows("patterns", run=run, label=label, top=1)
            return float(first[0]["importance"]) if first else 1.0

        return self._slow_cache.get(("largest", run, self.run(run)["ended"], label), compute)

    def audit(self, run: int, against: int | None = None) -> Audit:
        """The audit of a run."""
        from camlode.pipeline.audit.audit import audit

        return self._slow_cache.get(("audit", run, against), lambda: audit(self.store, run, against=against))

    def comparison(self, before: int, after: int, label: str | None, top: int) -> tuple[list[Row], list[Row]]:
        """How many patterns two runs share, by label, and the biggest changes of each label or of one."""

        def compute(question: Any, **filters: Any) -> list[Row]:
            key = ("compare", question, before, after, *filters.values())
            return self._slow_cache.get(key, lambda: self.store.rows(question, before=before, after=after, **filters))

        return compute("difference_counts"), compute("difference", label=label, top=top)

    def review(self, fragment: str, label: str, verdict: ReviewStatus | None, note: str, author: str) -> None:
        """Notes a verdict on a pattern, or takes the last one back where it is None."""
        if verdict is None:
            self.store.undo_review(fragment, label)
        else:
            self.store.review(fragment, label, verdict, note=note, author=author)
        self._slow_cache.clear()


def get_site(request: HTTPConnection) -> Site:
    """The site that a request is asked of."""
    return cast("Site", request.app.state.site)
