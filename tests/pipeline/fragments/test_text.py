from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from camlode.pipeline.fragments.characters import JoinedText


@given(data=st.data())
def test_slices_are_those_of_python(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text(max_size=10), max_size=4))
    joined = "".join(texts)
    places = st.integers(0, len(joined))
    spans = data.draw(st.lists(st.tuples(places, places).map(sorted), max_size=8))
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    ends = np.array([end for _, end in spans], dtype=np.int64)
    slices = JoinedText(texts).slices(starts, ends)
    slices.validate(full=True)
    assert slices.type == pa.large_string()
    assert slices.to_pylist() == [joined[start:end] for start, end in spans]


@given(texts=st.lists(st.text(max_size=10), max_size=4))
def test_bounds_and_codes(texts: list[str]) -> None:
    text = JoinedText(texts)
    pieces = text.slices(text.bounds[:-1], text.bounds[1:])
    assert pieces.to_pylist() == texts
    assert text.codes.tolist() == [ord(char) for char in "".join(texts)]
