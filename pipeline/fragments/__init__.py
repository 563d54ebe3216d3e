"""Fragments: contiguous pieces of a text, split at the bounds of its units, chosen by importance."""
