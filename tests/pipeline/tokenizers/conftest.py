"""Texts with everything in them that has ever shifted an offset."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

ODD_CHARACTERS = (
    "aAbß İſΣ ςéÅ中文手机天气 \t\n\r\v\f\x00\x1c\x1d\x1e\x1f\x85\xa0\u3000\u2028\ufeff"
    "\u200b\u200c\u200d\u0301\u0308\ufe0f\u202eאבגשלוםעربي हिन्दी ไทย 😀👩👧🏽🇨🇳𠮷𝐀１．，。！？'’\"-_.,!0123"
)


@pytest.fixture(scope="session")
def texts() -> st.SearchStrategy[list[str]]:
    """A few texts of any Unicode characters, the odd ones often."""
    character = st.one_of(st.sampled_from(ODD_CHARACTERS), st.characters(codec="utf-8"))
    pieces = st.one_of(
        character, st.sampled_from(["\r\n", "\n\n", "手机", "天气很好", "don't", "e\u0301", "👩\u200d👧"])
    )
    return st.lists(st.lists(pieces, max_size=15).map("".join), max_size=4)
