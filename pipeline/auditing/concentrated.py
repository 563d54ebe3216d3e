"""One fragment that decides too much of a label by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.auditing.checks import Check, Suspicion
from pipeline.auditing.wording import owner, percent, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import Subject
    from sql import Row


def judge(subject: Subject, limits: AuditLimits) -> Iterator[Suspicion | None]:
    """Lists a pattern with more than `max_share` of its label's importance. It has no numbers beside its share."""
    for pattern in subject.listed():
        yield _judged(pattern, limits)


def _judged(pattern: Row, limits: AuditLimits) -> Suspicion | None:
    if pattern["share"] <= limits.max_share:
        return None
    carries = f"{quoted(pattern['fragment'])} alone carries {percent(pattern['share'])}"
    limit = f"where no fragment should carry more than {percent(limits.max_share)}"
    return Suspicion(pattern, f"{carries} of {owner(pattern['label'])} importance, {limit}", {})


CONCENTRATED = Check("concentrated", judge, lambda _: None, ())
