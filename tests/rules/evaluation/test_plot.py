from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from camlode.config import CamlodeError
from camlode.rules.evaluation.curves import Curve, Point
from camlode.rules.evaluation.plot import Panel, plot_curves, spread_apart

if TYPE_CHECKING:
    from pathlib import Path

OURS = Curve("ours", [Point(10, 0.66, 0.65, 0.67), Point(100, 0.83, 0.82, 0.84)])
THEIRS = Curve("theirs 新闻", [Point(10, 0.54), Point(100, 0.81)])


def plot(path: Path, *panels: Panel) -> None:
    plot_curves(panels, path, title="t", x_label="x", y_label="y")


@pytest.mark.parametrize("count", [1, 3])
def test_a_picture_is_drawn_without_warnings(tmp_path: Path, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot(tmp_path / "a.png", *[Panel("新闻", [OURS, THEIRS])] * count)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_curves_give_the_same_picture_and_others_another(tmp_path: Path) -> None:
    for name, curve in (("a", OURS), ("b", OURS), ("c", THEIRS)):
        plot(tmp_path / name, Panel("", [curve]))
    first, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == again
    assert first != other


@pytest.mark.parametrize("xs", [(5,), (0, 10), (1, 2, 3)])
def test_any_values_can_be_on_the_x_axis(tmp_path: Path, xs: tuple[float, ...]) -> None:
    plot(tmp_path / "a.png", Panel("", [Curve("one", [Point(x, 0.5) for x in xs])]))
    assert (tmp_path / "a.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("heights", "moved"),
    [
        ([], []),
        ([0.5, 0.1], [0.5, 0.1]),
        ([0.5, 0.5], [0.45, 0.55]),
        # 0.2 and 0.24 go to 0.17 and 0.27; 0.3 is too near then, so that all three lie around 0.2467.
        ([0.3, 0.2, 0.24, 0.9], [0.2467 + 0.1, 0.2467 - 0.1, 0.2467, 0.9]),
    ],
)
def test_names_move_apart_as_little_as_it_takes(heights: list[float], moved: list[float]) -> None:
    assert spread_apart(heights, 0.1) == pytest.approx(moved, abs=1e-4)


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CamlodeError) as refused:
        plot(tmp_path / "gone" / "a.png", Panel("", [OURS]))
    assert str(refused.value) == f"{tmp_path}/gone/a.png cannot be written: No such file or directory"
