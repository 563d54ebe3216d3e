from __future__ import annotations

from typing import Any

import pytest

from camlode import AuditLimits, audit

CONCENTRATED = ["concentrated"]


@pytest.mark.parametrize(("share", "expected"), [(0.05, []), (0.0501, ["球"])])
def test_a_share_above_the_limit_is_listed(audit_store: Any, pattern: Any, share: float, expected: list[str]) -> None:
    audit_store.publish({"体育": [pattern("球", share)]})
    assert [each.fragment for each in audit(audit_store.store, checks=CONCENTRATED).findings] == expected


def test_its_reason(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"sports": [pattern("ball", 0.131)]}, matched=False)
    (found,) = audit(audit_store.store, checks=CONCENTRATED, limits=AuditLimits(max_share=0.1)).findings
    assert found.numbers == {}
    assert found.why == (
        "“ball” alone carries 13.1 % of sports' importance, where no fragment should carry more than 10 %"
    )
