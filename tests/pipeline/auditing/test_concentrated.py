from __future__ import annotations

from typing import Any

import pytest

from pipeline import AuditLimits, audit

CONCENTRATED = ["concentrated"]


@pytest.mark.parametrize(("share", "expected"), [(0.05, []), (0.0501, ["球"])])
def test_a_share_above_the_limit_is_listed(shelf: Any, pattern: Any, share: float, expected: list[str]) -> None:
    shelf.publish({"体育": [pattern("球", share)]})
    assert [each.fragment for each in audit(shelf.store, checks=CONCENTRATED).findings] == expected


def test_its_reason(shelf: Any, pattern: Any) -> None:
    shelf.publish({"sports": [pattern("ball", 0.131)]}, matched=False)
    (found,) = audit(shelf.store, checks=CONCENTRATED, limits=AuditLimits(max_share=0.1)).findings
    assert found.numbers == {}
    assert found.why == (
        "“ball” alone carries 13.1 % of sports' importance, where no fragment should carry more than 10 %"
    )
