"""One fragment that decides too much of a label by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.auditing.checks import Check, FlaggedPattern
from pipeline.auditing.wording import format_percent, possessive, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import RunData
    from sql import Row


def check_concentrated(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Lists a pattern with more than `max_share` of its label's importance. It has no numbers beside its share."""
    for pattern in run_data.audited_patterns():
        yield _check_share(pattern, limits)


def _check_share(pattern: Row, limits: AuditLimits) -> FlaggedPattern | None:
    if pattern["share"] <= limits.max_share:
        return None
    carries = f"{quote(pattern['fragment'])} alone carries {format_percent(pattern['share'])}"
    limit = f"where no fragment should carry more than {format_percent(limits.max_share)}"
    return FlaggedPattern(pattern, f"{carries} of {possessive(pattern['label'])} importance, {limit}", {})


CONCENTRATED = Check("concentrated", check_concentrated, lambda _: None, ())
