"""The two colors of evidence, which color-blind people can tell apart: amber for a label, blue against it."""

from __future__ import annotations

RGB = tuple[int, int, int]

AMBER: RGB = (255, 176, 0)
BLUE: RGB = (100, 143, 255)
