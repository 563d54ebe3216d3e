"""Fragments: contiguous pieces of a text, cut at the bounds of its units, chosen by importance."""
