from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from camlode.pipeline.attribution.trimming import LENGTH_STEP, NO_TRIM, Trim, probe_trim

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


def make_logits(padded: Callable[[int, int], float]) -> Callable[[int, int], npt.NDArray[np.float32]]:
    return lambda size, length: np.full((2, 3), padded(size, length), np.float32)


def test_the_margin_for_a_model_that_ignores_padding_is_the_receptive_field() -> None:
    trim = probe_trim(make_logits(lambda size, _: size), length=64, receptive_field_size=3)
    assert trim == Trim(3, "the logits are those of padding to 64")
    assert str(trim) == "batches are trimmed to their longest text and 3 tokens: the logits are those of padding to 64"


def test_a_model_that_counts_its_padding_is_not_trimmed() -> None:
    trim = probe_trim(make_logits(lambda _, length: length), length=64, receptive_field_size=3)
    assert trim == Trim(None, "the logits change with the padding")
    assert str(trim) == "batches are not trimmed to their longest text: the logits change with the padding"


@pytest.mark.parametrize(("needed", "margin"), [(3, 3), (4, 6), (7, 12), (13, 24), (25, None)])
def test_the_margin_grows_until_the_logits_agree(needed: int, margin: int | None) -> None:
    logits = make_logits(lambda size, length: float(length - size < needed))
    assert probe_trim(logits, length=128, receptive_field_size=3).margin == margin


@pytest.mark.parametrize(("difference", "is_trimmed"), [(0.9e-4, True), (3e-4, False)])
def test_logits_agree_to_one_in_ten_thousand(difference: float, is_trimmed: bool) -> None:
    logits = make_logits(lambda _, length: difference * (length == 64))
    assert (probe_trim(logits, length=64, receptive_field_size=3).margin is not None) == is_trimmed


def test_a_model_that_fails_on_shorter_texts_is_not_trimmed() -> None:
    assert (
        probe_trim(
            make_logits(lambda _, length: 1.0 if length == 64 else np.nan), length=64, receptive_field_size=3
        ).margin
        is None
    )


def test_only_lengths_that_batches_can_have_are_tried() -> None:
    tried: list[int] = []

    def logits(_: int, length: int) -> npt.NDArray[np.float32]:
        tried.append(length)
        return np.zeros((2, 3), np.float32)

    probe_trim(logits, length=61, receptive_field_size=3)
    assert {length % LENGTH_STEP for length in tried} == {0, 61 % LENGTH_STEP}


def test_a_length_too_short_to_be_trimmed() -> None:
    assert probe_trim(make_logits(lambda *_: 0.0), length=4, receptive_field_size=3) == Trim(
        None, "4 tokens are too few, where one position covers 3"
    )


@pytest.mark.parametrize(("longest", "expected"), [(1, 4), (2, 8), (5, 8), (6, 12), (57, 60), (60, 60)])
def test_lengths_are_multiples_up_to_the_whole(longest: int, expected: int) -> None:
    assert Trim(3, "").length(longest, 60) == expected
    assert NO_TRIM.length(longest, 60) == 60


def test_a_long_text_is_trimmed_to_one_of_few_lengths() -> None:
    assert len({Trim(3, "").length(longest, 640) for longest in range(1, 641)}) == 32
